// What an evaluation found: for programs, for people, and a table of the classes.

import type { Label } from '@audiozoo/core';
import { oneLine } from '@audiozoo/core/plugin';
import type { ClassMetrics } from '@audiozoo/tasks';
import { csvText } from '../output/format.js';
import type { Failure } from '../session/session.js';
import type { EvaluationResult, Figures } from './figures.js';

const mostConfusions = 5;

/** For programs. */
export function resultJson(
  source: string,
  { figures, clips, members, perClass, confusion }: EvaluationResult,
  labels: readonly Label[],
  failed: readonly Failure[],
) {
  return {
    data: source,
    clips,
    ...figures,
    models: members,
    perClass: perClass.map(({ positives, averagePrecision = null, rocAuc = null }, index) => {
      const { name, mid } = labels[index]!;
      return { label: name, index, ...(mid !== undefined && { mid }), positives, averagePrecision, rocAuc };
    }),
    ...(confusion && { confusion }),
    failed,
  };
}

/** For people: a line of figures per model and one for the whole, then what was mistaken for what. */
export function resultText(
  source: string,
  { figures, clips, members, confusion }: EvaluationResult,
  labels: readonly Label[],
): string {
  const isCrossValidation = members.some(({ fold }) => fold !== undefined);
  const rows: Row[] = members.map((member) => ({
    name: oneLine(member.fold === undefined ? member.model : `fold ${member.fold}: ${member.model}`),
    figures: member,
  }));
  if (rows.length > 1) rows.push({ name: isCrossValidation ? 'mean of the folds' : 'ensemble', figures });
  const lines = [`${source}: ${clips} clips, ${labels.length} labels`, figuresTable(rows)];
  const mistakes = confusion && mistakeLines(confusion, labels);
  if (mistakes) lines.push(`Most frequent mistakes:\n${mistakes}`);
  return lines.join('\n');
}

interface Row {
  readonly name: string;
  readonly figures: Figures;
}

function figuresTable(rows: readonly Row[]): string {
  const isSingleLabel = rows.every(({ figures }) => 'accuracy' in figures);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const header = ['', ...(isSingleLabel ? ['accuracy'] : []), 'mAP', 'mAUC', 'd′'];
  const lines = rows.map(({ name, figures: { mAP, mAUC, dPrime, accuracy = null } }) => [
    name,
    ...(isSingleLabel ? [accuracy === null ? '–' : `${(100 * accuracy).toFixed(2)} %`] : []),
    mAP?.toFixed(4) ?? '–',
    mAUC?.toFixed(4) ?? '–',
    dPrime?.toFixed(3) ?? (mAUC === 1 ? '∞' : '–'),
  ]);
  return [header, ...lines]
    .map(([name, ...cells]) => `  ${name!.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join('')}`)
    .join('\n');
}

/** `  3 × nine heard as five` */
function mistakeLines(confusion: readonly (readonly number[])[], labels: readonly Label[]): string {
  return confusion
    .flatMap((row, truth) => row.map((count, heard) => ({ count, truth, heard })))
    .filter(({ count, truth, heard }) => count > 0 && truth !== heard)
    .sort((a, b) => b.count - a.count)
    .slice(0, mostConfusions)
    .map(
      ({ count, truth, heard }) =>
        `  ${count} × ${oneLine(labels[truth]!.name)} heard as ${oneLine(labels[heard]!.name)}`,
    )
    .join('\n');
}

/** Each class's figures as CSV, a row each; empty where there is no figure. */
export function perClassCsv(perClass: readonly ClassMetrics[], labels: readonly Label[]): string {
  const rows = perClass.map(({ positives, averagePrecision = '', rocAuc = '' }, index) => {
    const { name, mid = '' } = labels[index]!;
    return [index, mid, csvText(name, { quote: true }), positives, averagePrecision, rocAuc].join(',');
  });
  return `${['index,mid,display_name,positives,average_precision,roc_auc', ...rows].join('\n')}\n`;
}
