import { readConfiguration } from "./configuration";
import { declareFoundation } from "./foundation";

/** What ephemeral environments need on AWS, once for a repository. */
export = declareFoundation(readConfiguration());
