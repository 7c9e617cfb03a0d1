/** One option: its spelling, its value, who takes it, and its line in the help. */
export interface Flag {
  /** The letter of its short form. */
  readonly short?: string;
  /** What its value is called in the help; absent for a switch. */
  readonly value?: string;
  /** May be given more than once, each value counting. */
  readonly repeat?: true;
  readonly help: string;
  /** The commands that take it. */
  readonly of: readonly CommandName[];
}

/** The first words that a verb follows: both together name a command. */
export const VERBS = {
  session: [
    "list",
    "show",
    "search",
    "rename",
    "fork",
    "export",
    "import",
    "delete",
  ],
  tools: ["list", "run"],
  mcp: ["list", "tools", "add", "remove"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A word that a verb follows. */
export type GroupName = keyof typeof VERBS;

type InGroup<Group extends GroupName> =
  `${Group} ${typeof VERBS[Group][number]}`;

/** A command's name; "ask" is what a prompt without a command means. */
export type CommandName =
  | "ask"
  | "setup"
  | "status"
  | "models"
  | "logout"
  | "batch"
  | InGroup<"session">
  | InGroup<"tools">
  | InGroup<"mcp">;

/** The commands of a group, in the order of its help. */
export function commandsOf<Group extends GroupName>(
  group: Group,
): readonly InGroup<Group>[] {
  const verbs: readonly typeof VERBS[Group][number][] = VERBS[group];
  return verbs.map((verb) => `${group} ${verb}` as const);
}

/** Tells whether a verb follows a word. */
export function isGroup(word: string): word is GroupName {
  return Object.hasOwn(VERBS, word);
}

const SESSION = commandsOf("session");
const TOOLS = [...commandsOf("tools"), ...commandsOf("mcp")] as const;

/** Every option, in the order of the help. */
export const FLAGS = {
  prompt: {
    short: "p",
    value: "TEXT",
    help: "the prompt, the same as PROMPT",
    of: ["ask"],
  },
  model: {
    short: "m",
    value: "NAME",
    help: "the model, sent as written",
    of: ["ask", "batch", "setup"],
  },
  effort: {
    short: "e",
    value: "LEVEL",
    help: "none minimal low medium high xhigh max ultra",
    of: ["ask", "batch", "setup"],
  },
  system: {
    short: "s",
    value: "TEXT",
    help: "the instructions, instead of meka's own",
    of: ["ask", "batch"],
  },
  image: {
    short: "i",
    value: "FILE",
    repeat: true,
    help: "add a PNG, JPEG, GIF or WebP image",
    of: ["ask"],
  },
  schema: {
    value: "FILE",
    help: "answer with JSON that fits this JSON Schema",
    of: ["ask", "batch"],
  },
  provider: {
    value: "NAME",
    help: "who answers: openai-codex openai-api",
    of: ["ask", "batch", "setup", "status", "models"],
  },
  "base-url": {
    value: "URL",
    help: "where the provider is",
    of: ["ask", "batch", "setup", "status", "models"],
  },
  continue: {
    short: "c",
    help: "go on with this folder's newest conversation",
    of: ["ask"],
  },
  resume: {
    short: "r",
    value: "ID",
    help: "go on with this conversation; the id's start will do",
    of: ["ask"],
  },
  session: {
    value: "NAME",
    help: "go on with the conversation of this name, or begin it",
    of: ["ask"],
  },
  fork: {
    help: "go on with a copy of it",
    of: ["ask"],
  },
  permission: {
    value: "LEVEL",
    help: "what the model may do: none read ask write",
    of: ["ask"],
  },
  "add-dir": {
    value: "DIR",
    repeat: true,
    help: "let tools work in this folder, too",
    of: ["ask"],
  },
  "max-tool-rounds": {
    value: "N",
    help: "so many rounds of tools at most; 50 by default",
    of: ["ask"],
  },
  "allow-private": {
    help: "let fetch_url reach this machine and its network",
    of: ["ask", "tools run"],
  },
  search: {
    help: "let the service search the web (not with openai-api)",
    of: ["ask"],
  },
  "no-save": { help: "keep nothing of what is said", of: ["ask", "batch"] },
  "no-compact": {
    help: "exit 6 if a conversation outgrows the model's window",
    of: ["ask"],
  },
  json: {
    help: "write JSON, events as JSON lines",
    of: [
      "ask",
      "status",
      "models",
      "session list",
      "session show",
      "session search",
      "tools list",
      "tools run",
      "mcp list",
      "mcp tools",
    ],
  },
  reasoning: {
    help: "show the model's thinking (of an answer: on stderr)",
    of: ["ask", "session show"],
  },
  plain: { help: "chat: show answers without Markdown", of: ["ask"] },
  usage: { help: "show token counts on stderr", of: ["ask"] },
  "no-stream": {
    help: "one whole answer (not with openai-codex)",
    of: ["ask", "batch"],
  },
  "max-tokens": {
    value: "COUNT",
    help: "the most tokens of answer (not with openai-codex)",
    of: ["ask", "batch"],
  },
  temperature: {
    value: "NUM",
    help: "how freely to word it (not with openai-codex)",
    of: ["ask", "batch"],
  },
  "no-stdin": { help: "do not read standard input", of: ["ask"] },
  timeout: {
    value: "SECONDS",
    help: "give up after so long; no limit by default",
    of: ["ask", "batch"],
  },
  "fail-over": {
    value: "PERCENT",
    help: "exit 4 when a window is used more than this",
    of: ["status"],
  },
  revoke: {
    help: "ask the issuer to end the sign-in, too",
    of: ["logout"],
  },
  here: {
    help: "only the conversations of this folder",
    of: ["session list", "session search"],
  },
  limit: {
    value: "COUNT",
    help: "so many at most; on a terminal 20 by default",
    of: ["session list", "session search"],
  },
  all: {
    help: "all conversations",
    of: ["session list", "session search", "session delete"],
  },
  "older-than": {
    value: "AGE",
    help: "those not used for so long: 30m 12h 90d 2w",
    of: ["session delete"],
  },
  hidden: {
    help: "also what was taken back",
    of: ["session show", "session search"],
  },
  clear: { help: "take the name away", of: ["session rename"] },
  name: { value: "NAME", help: "the copy's name", of: ["session fork"] },
  format: {
    value: "FORMAT",
    help: "markdown, which is the default, or json",
    of: ["session export"],
  },
  output: {
    short: "o",
    value: "FILE",
    help: "write a file instead, which must be new",
    of: ["session export"],
  },
  force: {
    help: "put it in the place of a file that is there",
    of: ["session export"],
  },
  url: {
    value: "URL",
    help: "where the server is, instead of a command",
    of: ["mcp add"],
  },
  header: {
    value: "K:V",
    repeat: true,
    help: "send this header; ${NAME} is a variable",
    of: ["mcp add"],
  },
  env: {
    value: "K=V",
    repeat: true,
    help: "give it this variable; ${NAME} is one of yours",
    of: ["mcp add"],
  },
  yes: { help: "do not ask", of: ["session delete", "tools run"] },
  jobs: {
    short: "j",
    value: "COUNT",
    help: "so many records at once; 4 by default",
    of: ["batch"],
  },
  unordered: { help: "write answers as they come", of: ["batch"] },
  text: { help: "no line is JSON, each is a prompt", of: ["batch"] },
  wait: { help: "wait for usage limits to end", of: ["batch"] },
  forget: {
    help: "only forget the answers that were kept",
    of: ["batch"],
  },
  quiet: {
    short: "q",
    help: "no notes and warnings on stderr",
    of: ["ask", "status", "models", "logout", "batch", ...SESSION, ...TOOLS],
  },
  verbose: {
    short: "v",
    help: "show requests on stderr, secrets left out",
    of: [
      "ask",
      "setup",
      "status",
      "models",
      "logout",
      "batch",
      ...SESSION,
      ...TOOLS,
    ],
  },
  device: {
    help: "sign in with a code on another device",
    of: ["setup"],
  },
  "no-browser": {
    help: "only print the page's URL",
    of: ["setup"],
  },
  "api-key-stdin": {
    help: "openai-api: read the key from standard input",
    of: ["setup"],
  },
  help: {
    short: "h",
    help: "show this help",
    of: [
      "ask",
      "setup",
      "status",
      "models",
      "logout",
      "batch",
      ...SESSION,
      ...TOOLS,
    ],
  },
  version: {
    short: "V",
    help: "show the version",
    of: [
      "ask",
      "setup",
      "status",
      "models",
      "logout",
      "batch",
      ...SESSION,
      ...TOOLS,
    ],
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** An option's long name. */
export type FlagName = keyof typeof FLAGS;

/** The option's entry, with the type that all entries share. */
export function flag(name: FlagName): Flag {
  return FLAGS[name];
}

/** The names of all options that a command takes, in the order of the help. */
export function flagsOf(command: CommandName): readonly FlagName[] {
  return FLAG_NAMES.filter((name) => flag(name).of.includes(command));
}

/** Tells whether a word names an option. */
export function isFlagName(word: string): word is FlagName {
  return Object.hasOwn(FLAGS, word);
}

/** The names of all options, in the order of the help. */
export const FLAG_NAMES: readonly FlagName[] = Object.keys(FLAGS).filter(
  isFlagName,
);
