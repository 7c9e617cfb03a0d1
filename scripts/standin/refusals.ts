import { json, type Reply } from "./scenario.ts";

/** A refusal of the backend's own checks. */
export function detail(text: string): Reply {
  return json(400, { detail: text });
}

/** A refusal of the model API: a value that is wrong. */
export function invalid(param: string, message: string): Reply {
  return apiError(400, "invalid_value", message, param);
}

/** A refusal of the model API: a field that is not known. */
export function unknownParameter(param: string): Reply {
  return apiError(
    400,
    "unknown_parameter",
    `Unknown parameter: '${param}'.`,
    param,
  );
}

/** A refusal of the model API: a value that is none of those allowed. */
export function unsupportedValue(
  param: string,
  value: unknown,
  allowed: readonly string[],
): Reply {
  const list = allowed.map((name) => `'${name}'`).join(", ");
  return apiError(
    400,
    "invalid_value",
    `Invalid value: '${value}'. Supported values are: ${list}.`,
    param,
  );
}

/** A refusal of the model API: a field that is missing. */
export function missing(param: string): Reply {
  return apiError(
    400,
    "missing_required_parameter",
    `Missing required parameter: '${param}'.`,
    param,
  );
}

/** An error of the model API behind the backend. */
export function apiError(
  status: number,
  code: string | null,
  message: string,
  param: string | null = null,
): Reply {
  return json(status, {
    error: {
      message,
      type: status < 500 ? "invalid_request_error" : "server_error",
      param,
      code,
    },
  });
}

/** The refusal of a model that is not for ChatGPT accounts. */
export function notSupported(model: string): { detail: string } {
  return {
    detail:
      `The '${model}' model is not supported when using Codex with a ChatGPT account.`,
  };
}

/** The refusal of a model that is newer than the client says it is. */
export function requiresNewer(model: string): { detail: string } {
  return {
    detail: `The '${model}' model requires a newer version of Codex. ` +
      "Please upgrade to the latest app or CLI and try again.",
  };
}
