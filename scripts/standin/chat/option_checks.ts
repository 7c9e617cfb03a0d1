// deno-lint-ignore-file camelcase -- names are the server's
import { type Body, object } from "../json_object.ts";
import { type Problem, unknownField, wrongKind } from "./problem.ts";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The first thing that is wrong with the format asked for, or nothing. */
export function formatProblem({ response_format }: Body): Problem | undefined {
  if (response_format === undefined) return undefined;
  const format = object(response_format) ?? {};
  // LM Studio takes no other type, and meka has no use for one.
  if (format["type"] !== "json_schema") {
    return {
      param: "response_format.type",
      message: "'response_format.type' must be 'json_schema'",
    };
  }
  const at = "response_format.json_schema";
  const schema = object(format["json_schema"]);
  if (Object.keys(format).length !== 2 || schema === undefined) {
    return wrongKind(at, "an object");
  }
  const extra = extraField(schema, ["name", "description", "schema", "strict"]);
  if (extra !== undefined) return unknownField(`${at}.${extra}`);
  if (!isName(schema["name"])) {
    return wrongKind(`${at}.name`, "a name of letters, digits, _ and -");
  }
  if (object(schema["schema"]) === undefined) {
    return wrongKind(`${at}.schema`, "a schema");
  }
  return flagProblem(schema["strict"], `${at}.strict`);
}

/** The first thing that is wrong with the tools offered, or nothing. */
export function toolsProblem(body: Body): Problem | undefined {
  const { tools, tool_choice, parallel_tool_calls } = body;
  if (tools === undefined) {
    const name = ["tool_choice", "parallel_tool_calls"].find((key) =>
      body[key] !== undefined
    );
    return name === undefined ? undefined : {
      param: name,
      message: `'${name}' is only allowed when 'tools' are specified.`,
    };
  }
  if (!Array.isArray(tools) || tools.length === 0) {
    return wrongKind("tools", "an array with at least one tool");
  }
  const names = new Set<unknown>();
  for (const [n, entry] of tools.entries()) {
    const problem = toolProblem(object(entry) ?? {}, `tools[${n}]`);
    if (problem !== undefined) return problem;
    names.add(object(object(entry)?.["function"])?.["name"]);
  }
  if (names.size < tools.length) return wrongKind("tools", "names that differ");
  const choice = object(object(tool_choice)?.["function"])?.["name"];
  const known = tool_choice === undefined || names.has(choice) ||
    ["auto", "none", "required"].includes(String(tool_choice));
  if (!known) return wrongKind("tool_choice", "auto, none, required or a tool");
  return flagProblem(parallel_tool_calls, "parallel_tool_calls");
}

function toolProblem(tool: Body, at: string): Problem | undefined {
  const named = object(tool["function"]);
  if (
    tool["type"] !== "function" || named === undefined ||
    Object.keys(tool).length !== 2
  ) return wrongKind(at, "the type function and a function");
  const path = `${at}.function`;
  const known = ["name", "description", "parameters", "strict"];
  const extra = extraField(named, known);
  if (extra !== undefined) return unknownField(`${path}.${extra}`);
  if (!isName(named["name"])) {
    return wrongKind(`${path}.name`, "a name of letters, digits, _ and -");
  }
  const { description = "", parameters = {} } = named;
  if (typeof description !== "string") {
    return wrongKind(`${path}.description`, "a string");
  }
  if (object(parameters) === undefined) {
    return wrongKind(`${path}.parameters`, "a schema");
  }
  return flagProblem(named["strict"], `${path}.strict`);
}

function extraField(body: Body, known: readonly string[]): string | undefined {
  return Object.keys(body).find((name) => !known.includes(name));
}

function flagProblem(value: unknown, param: string): Problem | undefined {
  return value === undefined || typeof value === "boolean"
    ? undefined
    : wrongKind(param, "a boolean");
}

function isName(value: unknown): boolean {
  return typeof value === "string" && NAME.test(value);
}
