import { deployAssets } from "./assets";

/** The program of every stack. */
export = async () => deployAssets();
