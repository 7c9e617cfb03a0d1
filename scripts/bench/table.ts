import type { Metric, Row, Sample } from "./rows.ts";
import { median } from "./rows.ts";

/** What both sides found in one round. */
export interface Round {
  readonly meka: Sample;
  /** Absent in a row without a floor. */
  readonly floor: Sample | undefined;
}

/** All rounds of a row, and how many more failed. */
export interface Measured {
  readonly row: Row;
  readonly rounds: readonly Round[];
  readonly failures: number;
}

/** The head of {@linkcode tableLines}. */
export const TABLE_HEAD = [
  "| what | program | floor | ratio: min, median, max | aim | reached |",
  "| --- | --: | --: | --- | --: | --- |",
] as const;

/** One line of Markdown for each metric of a row. */
export function tableLines({ row, rounds, failures }: Measured): string[] {
  return row.metrics.map((metric) => {
    const title = `${row.title}: ${metric.name}`;
    const failed = failures === 0 ? "" : `, ${failures} failed`;
    const cells = row.floor === undefined
      ? absolute(metric, rounds)
      : relative(metric, rounds);
    return `| ${title} | ${cells}${failed} |`;
  });
}

function relative(metric: Metric, rounds: readonly Round[]): string {
  const pairs = rounds.flatMap(({ meka, floor }) => {
    const [a, b] = [meka[metric.name], floor?.[metric.name]];
    return a === undefined || b === undefined ? [] : [{ a, b }];
  });
  if (pairs.length === 0) return `n/a | n/a | n/a | ${metric.aim} × | n/a`;
  const ratios = pairs.map(({ a, b }) => a / b);
  const middle = median(ratios);
  return [
    value(median(pairs.map(({ a }) => a)), metric),
    value(median(pairs.map(({ b }) => b)), metric),
    [Math.min(...ratios), middle, Math.max(...ratios)]
      .map((ratio) => ratio.toFixed(2)).join(", "),
    `${metric.aim} ×`,
    verdict(middle, metric),
  ].join(" | ");
}

function absolute(metric: Metric, rounds: readonly Round[]): string {
  const values = rounds.flatMap(({ meka }) => meka[metric.name] ?? []);
  if (values.length === 0) return `n/a | - | - | ${metric.aim} | n/a`;
  const middle = median(values);
  const aim = value(metric.aim, metric);
  return `${value(middle, metric)} | - | - | ${aim} | ${
    verdict(middle, metric)
  }`;
}

function verdict(reached: number, { aim }: Metric): string {
  return Number(reached.toFixed(2)) <= aim ? "yes" : "no";
}

function value(number: number, { unit }: Metric): string {
  const digits = Math.abs(number) < 10 ? 2 : Math.abs(number) < 100 ? 1 : 0;
  return `${number.toFixed(digits)} ${unit}`;
}
