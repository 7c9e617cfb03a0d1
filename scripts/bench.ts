import { parseArgs } from "node:util";
import { openClock } from "./bench/clock.ts";
import { makeHome } from "./bench/home.ts";
import { openLibc } from "./bench/libc.ts";
import { makeLongHome } from "./bench/long_home.ts";
import {
  executablePrograms,
  type Programs,
  sourcePrograms,
} from "./bench/programs.ts";
import { quiet } from "./bench/quiet.ts";
import { type Bench, type Row, ROWS, type Sample } from "./bench/rows.ts";
import { startService } from "./bench/service.ts";
import {
  type Measured,
  type Round,
  TABLE_HEAD,
  tableLines,
} from "./bench/table.ts";

const HELP = `Measures meka next to the least that could do its work.

deno task bench [--rounds N] [--only ROW,...] [--bin FILE] [--no-source]

  --rounds N           how often each is played, in turn with its floor (15)
  --only ROW,...       ${Object.keys(ROWS).join(", ")}
  --bin FILE           measure this executable too
  --no-source          leave the program from source out
  --compiler COMMAND   makes the executable's floors, called as
                       COMMAND ENTRY OUT FLAGS...; else \`deno compile\` does
  --floor-empty FILE   a floor that was compiled before
  --floor-linear FILE  the other one
`;

/** A row that fails this often is given up. */
const MOST_FAILURES = 5;

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "bin": { type: "string" },
      "compiler": { type: "string" },
      "floor-empty": { type: "string" },
      "floor-linear": { type: "string" },
      "help": { type: "boolean" },
      "no-source": { type: "boolean" },
      "only": { type: "string" },
      "rounds": { type: "string", default: "15" },
    },
  });
  if (values.help) return print(HELP);
  const rows = chosenRows(values.only);
  const folder = await Deno.makeTempDir({ prefix: "meka-bench-" });
  try {
    const kinds = values["no-source"] ? [] : [sourcePrograms()];
    if (values.bin !== undefined) {
      kinds.push(
        await executablePrograms({
          bin: values.bin,
          floorEmpty: values["floor-empty"],
          floorLinear: values["floor-linear"],
          compiler: values.compiler,
          folder,
        }),
      );
    }
    for (const programs of kinds) {
      const rounds = Number(values.rounds);
      await measureAll(programs, { rows, rounds, folder });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function chosenRows(only: string | undefined): readonly Row[] {
  if (only === undefined) return Object.values(ROWS);
  return only.split(",").map((name) => {
    const row = ROWS[name];
    if (row === undefined) throw new Error(`there is no row "${name}"`);
    return row;
  });
}

interface Plan {
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly folder: string;
}

async function measureAll(
  programs: Programs,
  { rows, rounds, folder }: Plan,
): Promise<void> {
  const libc = openLibc();
  libc?.adoptOrphans();
  await using service = await startService();
  const own = `${folder}/${programs.kind.replace(" ", "-")}`;
  const bench: Bench = {
    programs,
    service,
    home: await makeHome(own),
    longHome: await makeLongHome(`${own}-long`),
    meter: { libc, clock: openClock(libc) },
    env: basicEnvironment(),
  };
  print(`\n${programs.kind}, ${rounds} rounds\n\n${TABLE_HEAD.join("\n")}\n`);
  for (const row of rows) {
    const measured = await measure(row, bench, rounds);
    print(`${tableLines(measured).join("\n")}\n`);
  }
}

/** Plays a row and its floor in turn, one round of each before the rounds that count. */
async function measure(
  row: Row,
  bench: Bench,
  wanted: number,
): Promise<Measured> {
  const rounds: Round[] = [];
  let failures = 0;
  for (let n = -1; n < wanted; n++) {
    await quiet();
    try {
      const round = await playRound(row, bench, n % 2 === 0);
      if (n >= 0) rounds.push(round);
    } catch (error) {
      failures++;
      const why = error instanceof Error ? error.message : String(error);
      printError(`${row.title}: ${why}\n`);
      if (failures >= MOST_FAILURES) break;
    }
  }
  return { row, rounds, failures };
}

/** Who goes first changes from round to round, so that a drift of the machine favors nobody. */
async function playRound(
  row: Row,
  bench: Bench,
  mekaFirst: boolean,
): Promise<Round> {
  const play = (who: "meka" | "floor"): Promise<Sample> => row.play(who, bench);
  if (row.floor === undefined) {
    return { meka: await play("meka"), floor: undefined };
  }
  if (mekaFirst) {
    const meka = await play("meka");
    return { meka, floor: await play("floor") };
  }
  const floor = await play("floor");
  return { meka: await play("meka"), floor };
}

/** What programs need to start, and nothing that would change what meka does. */
function basicEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "LANG"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

function print(text: string): void {
  writeAll(Deno.stdout, text);
}

function printError(text: string): void {
  writeAll(Deno.stderr, text);
}

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += stream.writeSync(bytes.subarray(at));
  }
}
