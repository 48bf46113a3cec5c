import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { z } from "zod";
import type { Answer } from "./operation";

const schemaSchema = z.record(z.string(), z.unknown()).nullable();

const fileSchema = z.object({
  operations: z.record(
    z.string(),
    z.object({
      params: z.array(z.string()),
      request: schemaSchema,
      responses: z.record(z.string(), schemaSchema),
    }),
  ),
});

type Schema = Readonly<Record<string, unknown>>;

/** Checks what goes in and out against GitHub's description of its API. */
export interface Referee {
  checkRequest(route: string, query: URLSearchParams, body: unknown): void;
  checkAnswer(route: string, answer: Answer): void;
  /** An answer with all that the description demands; what is not given has values that say nothing. */
  complete(route: string, status: number, given: object): object;
}

let referee: Referee | undefined;

/** The referee of this process: schemas are compiled once. */
export function useReferee(): Referee {
  referee ??= createReferee();
  return referee;
}

/** Reads GitHub's description of its API (`fixtures/github-api.json`). */
function createReferee(): Referee {
  const file = join(import.meta.dirname, "../../fixtures/github-api.json");
  const { operations } = fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  // It has formats and keywords of its own, which say nothing here.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const known = new Map<object, ValidateFunction>();
  const check = (schema: Schema | null | undefined, value: unknown, what: string) => {
    if (schema === undefined || schema === null) return;
    const validate = known.get(schema) ?? ajv.compile(schema);
    known.set(schema, validate);
    if (!validate(value)) throw new Error(`${what} is not as GitHub describes it: ${ajv.errorsText(validate.errors)}`);
  };
  return {
    checkRequest(route, query, body) {
      const described = operations[route];
      const unknown = [...query.keys()].filter((name) => !described?.params.includes(name));
      if (unknown.length > 0) throw new Error(`${route} has no parameter ${unknown.join(", ")}`);
      if (body !== undefined) check(described?.request, body, `the request ${route}`);
    },
    checkAnswer(route, { status, body }) {
      const responses = operations[route]?.responses ?? {};
      if (!(String(status) in responses) && status !== 404) throw new Error(`${route} never answers ${status}`);
      if (status < 300) check(responses[String(status)], body, `the answer to ${route}`);
    },
    complete(route, status, given) {
      const sample = sampleOf(operations[route]?.responses[String(status)] ?? {});
      return { ...(typeof sample === "object" ? sample : {}), ...given };
    },
  };
}

const SAMPLES: Readonly<Record<string, unknown>> = { integer: 1, number: 1, boolean: false, array: [], null: null };

/** The least that a schema allows. */
function sampleOf(schema: Schema): unknown {
  const types = [schema.type].flat();
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choice = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choice)) return sampleOf(z.record(z.string(), z.unknown()).parse(choice[0]));
  if (types.includes("null")) return null;
  if (types.includes("string")) {
    return { uri: "https://github.com", "date-time": "2026-01-01T00:00:00Z" }[String(schema.format)] ?? "x";
  }
  if (!types.includes("object")) return SAMPLES[String(types[0])] ?? null;
  const required = z.array(z.string()).default([]).parse(schema.required);
  const properties = z.record(z.string(), z.record(z.string(), z.unknown())).default({}).parse(schema.properties);
  return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]));
}
