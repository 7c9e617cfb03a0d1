import assert from "node:assert/strict";
import { Choice } from "../../../src/commands/chat/choice.ts";
import type { Setting } from "../../../src/config/resolve.ts";
import { type Effort, EFFORTS } from "../../../src/message.ts";
import { modelInfo } from "../../support/model_info.ts";

const MODELS = [
  modelInfo({ id: "deep", efforts: ["high", "xhigh"], defaultEffort: "high" }),
  modelInfo({ id: "quick", efforts: ["low", "medium"], defaultEffort: "low" }),
  modelInfo({ id: "odd", efforts: ["low", "frantic"], defaultEffort: "low" }),
];

function choice(model: string, effort: Setting<Effort>): Choice {
  return new Choice({
    model: { value: model, origin: "file" },
    effort,
    permission: "read",
  }, (id) => MODELS.find((known) => known.id === id));
}

const SET: Setting<Effort> = { value: "high", origin: "file" };

Deno.test("Choice begins with the settings, and refuses an effort that is none of the model's", () => {
  const { model, sentEffort, effort } = choice("deep", SET);
  assert.deepEqual([model, sentEffort, effort], ["deep", "high", SET]);
  assert.throws(() => choice("quick", SET), /does not offer the effort "high"/);
});

Deno.test("Choice.useModel() keeps an effort that the model offers, or that nobody knows it not to", () => {
  const chosen = choice("deep", { value: "high", origin: "flag" });
  chosen.useModel("unheard-of");
  assert.deepEqual([chosen.model, chosen.sentEffort], ["unheard-of", "high"]);
  chosen.useModel("deep");
  assert.deepEqual([chosen.model, chosen.sentEffort], ["deep", "high"]);
});

Deno.test("Choice.useModel() gives up an effort that the model does not offer", () => {
  const chosen = choice("deep", { value: "xhigh", origin: "flag" });
  chosen.useModel("quick");
  assert.equal(chosen.sentEffort, "low");
  assert.equal(chosen.effort.origin, "default");
});

Deno.test("Choice.useEffort() changes the effort to one that the model offers", () => {
  const chosen = choice("deep", SET);
  chosen.useEffort("xhigh");
  assert.deepEqual(chosen.effort, { value: "xhigh", origin: "flag" });
  assert.throws(
    () => chosen.useEffort("low"),
    /does not offer the effort "low"/,
  );
  assert.throws(() => chosen.useEffort("loud"), /no effort "loud"/);
  assert.equal(chosen.sentEffort, "xhigh");
});

Deno.test("Choice.efforts has those of the model that can be named, or all", () => {
  assert.deepEqual(choice("deep", SET).efforts, ["high", "xhigh"]);
  assert.deepEqual(choice("unheard-of", SET).efforts, EFFORTS);
  const low: Setting<Effort> = { value: "low", origin: "file" };
  assert.deepEqual(choice("odd", low).efforts, ["low"]);
});

Deno.test("Choice.usePermission() changes how far tools may go, to a level that there is", () => {
  const chosen = choice("deep", SET);
  chosen.usePermission("write");
  assert.throws(() => chosen.usePermission("all"), /no level "all"/);
  assert.equal(chosen.permission, "write");
});
