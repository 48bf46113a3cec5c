import type { AssetKind, Definition } from "../assets/definition";
import type { AssetResource } from "./asset-resource";

/**
 * An asset of a folder, for assets that a program declares with arguments: what `assets.dataset("orders")` answers.
 */
export class FolderAsset<Kind extends AssetKind = AssetKind> {
  /**
   * @param kind kind of the asset
   * @param definition what its file states, once the folder is read
   * @param resource its resource; undefined where the strategy leaves it out
   */
  constructor(
    readonly kind: Kind,
    readonly definition: Promise<Definition>,
    readonly resource: Promise<AssetResource | undefined>,
  ) {}
}
