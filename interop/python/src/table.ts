import type { Verdict } from './expectations.js';

/** Prints one line for each step with what came out of it in each column, then what differs and what is known. */
export function tableOf(columns: Readonly<Record<string, readonly Verdict[]>>): string {
  const rows = new Map<string, Map<string, Verdict>>();
  for (const [column, verdicts] of Object.entries(columns)) {
    for (const verdict of verdicts) {
      const { flow, step } = verdict.expectation;
      const row = rows.get(`${flow}: ${step}`) ?? new Map<string, Verdict>();
      rows.set(`${flow}: ${step}`, row.set(column, verdict));
    }
  }
  const names = Object.keys(columns);
  const cells = [
    ['step', ...names],
    ...[...rows].map(([step, row]) => [step, ...names.map((name) => cellOf(row.get(name)))]),
  ];
  const differences = names.flatMap((name) =>
    (columns[name] ?? []).flatMap(({ expectation, difference }) =>
      difference === undefined ? [] : [`${expectation.flow}: ${expectation.step} (${name}): ${difference}`],
    ),
  );
  return [...align(cells), ...section('differences', differences)].join('\n');
}

const cellOf = (verdict: Verdict | undefined): string => {
  if (verdict?.report === undefined) return 'DID NOT RUN';
  const mark = verdict.difference === undefined ? '' : 'UNEXPECTED ';
  const defect = verdict.expectation.sdkDefect === undefined ? '' : ' (defect of the SDK)';
  return `${mark}${verdict.report.outcome}${defect}`;
};

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
