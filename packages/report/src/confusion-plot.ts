import { confusionMatrix } from '@slidestream/metrics';
import { escapeHtml } from './escape.js';
import type { ReportClassification } from './report-data.js';

/** The confusion matrix as a table: rows are true classes, cells carry count and share of their row. */
export function confusionTable(rows: readonly ReportClassification[], classes: readonly string[], title = 'Confusion matrix'): string {
  const labelled = rows.filter((row) => row.label !== null);
  if (labelled.length === 0) return '';
  const index = (name: string): number => classes.indexOf(name);
  const { counts } = confusionMatrix(
    labelled.map((row) => index(row.label as string)),
    labelled.map((row) => index(row.prediction)),
    classes.length,
  );
  const head = classes.map((name) => `<th scope="col"><bdi>${escapeHtml(name)}</bdi></th>`).join('');
  const body = classes.map((name, row) => {
    const own = Array.from(counts.subarray(row * classes.length, (row + 1) * classes.length));
    const total = own.reduce((sum, count) => sum + count, 0);
    const cells = own.map((count, column) => {
      const share = total === 0 ? 0 : count / total;
      const kind = row === column ? 'right' : 'wrong';
      return `<td class="${kind}" style="--share:${share.toFixed(3)}"><b>${count}</b><span>${(100 * share).toFixed(0)} %</span></td>`;
    });
    return `<tr><th scope="row"><bdi>${escapeHtml(name)}</bdi></th>${cells.join('')}</tr>`;
  });
  return `<figure class="plot confusion"><figcaption>${escapeHtml(title)}</figcaption><table><thead><tr><th class="corner">true ╲ predicted</th>${head}</tr></thead><tbody>${body.join('')}</tbody></table></figure>`;
}
