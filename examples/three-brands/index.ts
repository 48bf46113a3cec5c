import * as pulumi from "@pulumi/pulumi";
import { Database } from "pulumi-superset";
import { type Brand, declareShop } from "./shop";

/** One line for each brand; everything else is the same. */
const BRANDS: readonly Brand[] = [
  { key: "fjord", name: "Fjord Camping", category: "Camping", colour: "#5AC189" },
  { key: "velo", name: "Velo", category: "Cycling", colour: "#1FA8C9" },
  { key: "summit", name: "Summit Snow", category: "Snow", colour: "#8D97D1" },
];

/** The server has it already: it is used by its name, and never written. */
const database = new Database("Shop", { sqlalchemyUri: "sqlite:///shop.db" });

const dashboards = BRANDS.map((brand) => [brand.name, declareShop(brand, database).url] as const);

/** Addresses of the dashboards, by brand. */
export const addresses = pulumi.all(Object.fromEntries(dashboards));
