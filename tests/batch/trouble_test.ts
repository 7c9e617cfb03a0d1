import assert from "node:assert/strict";
import { Trouble } from "../../src/batch/trouble.ts";
import { type ErrorKind, EXIT_CODE, MekaError } from "../../src/errors.ts";

function fail(kind: ErrorKind, message = "No"): MekaError {
  return new MekaError(kind, message, { hint: "Do it" });
}

const EVERYBODYS: readonly ErrorKind[] = ["auth", "blocked", "config"];

for (const kind of EVERYBODYS) {
  Deno.test(`Trouble stops at the first failure of the kind "${kind}"`, () => {
    const trouble = new Trouble(4);
    trouble.answered();
    const error = fail(kind);
    assert.equal(trouble.failed(error), error);
  });
}

const OTHERS = Object.keys(EXIT_CODE).filter((kind): kind is ErrorKind =>
  !EVERYBODYS.some((one) => one === kind)
);

for (const kind of OTHERS) {
  Deno.test(`Trouble stops when the first ten failures are of the kind "${kind}" and alike`, () => {
    const trouble = new Trouble(4);
    for (let n = 1; n < 10; n++) {
      assert.equal(trouble.failed(fail(kind)), undefined);
    }
    const reason = trouble.failed(fail(kind));
    assert.equal(reason?.kind, kind);
    assert.match(reason?.message ?? "", /10 records .*failed alike: No$/);
    assert.equal(reason?.hint, "Do it");
  });
}

Deno.test("Trouble lets failures pass once there was an answer", () => {
  const trouble = new Trouble(4);
  for (let n = 0; n < 9; n++) trouble.failed(fail("refused"));
  trouble.answered();
  for (let n = 0; n < 100; n++) {
    assert.equal(trouble.failed(fail("refused")), undefined);
  }
});

Deno.test("Trouble lets failures pass that are not all alike", () => {
  for (const other of [fail("refused", "Not that"), fail("internal")]) {
    const trouble = new Trouble(4);
    trouble.failed(fail("refused"));
    trouble.failed(other);
    for (let n = 0; n < 100; n++) {
      assert.equal(trouble.failed(fail("refused")), undefined);
    }
  }
});

for (const [jobs, patience] of [[1, 10], [16, 32]] as const) {
  Deno.test(`Trouble stops after ${patience} records in a row that did not reach the service, ${jobs} at once`, () => {
    const trouble = new Trouble(jobs);
    const network = (): MekaError => fail("network", `No ${Math.random()}`);
    trouble.answered();
    for (let n = 1; n < patience; n++) {
      assert.equal(trouble.failed(network()), undefined);
    }
    trouble.failed(fail("refused"));
    for (let n = 1; n < patience; n++) {
      assert.equal(trouble.failed(network()), undefined);
    }
    trouble.answered();
    for (let n = 1; n < patience; n++) {
      assert.equal(trouble.failed(network()), undefined);
    }
    assert.equal(trouble.failed(network())?.kind, "network");
  });
}
