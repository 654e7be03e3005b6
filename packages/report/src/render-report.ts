import { escapeHtml } from './escape.js';
import type { ReportData } from './report-data.js';
import {
  failuresSection,
  headSection,
  heatmapSection,
  metricsSection,
  plotsSection,
  predictionsSection,
  runSection,
  trainingSection,
} from './sections.js';
import { style } from './style.js';

/** Nothing but pictures and styles inside the file: no script runs, no request leaves it. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * A run as one HTML file that needs nothing else: figures with intervals, plots as SVG, heatmaps, per-slide predictions, what was left out,
 * configuration and versions. Every name is escaped.
 *
 * @example
 * ```ts
 * await writeFileAtomic('report.html', renderReport(data));
 * ```
 */
export function renderReport(data: ReportData): string {
  const body = [
    headSection,
    metricsSection,
    plotsSection,
    heatmapSection,
    trainingSection,
    predictionsSection,
    failuresSection,
    runSection,
  ].map((render) => render(data));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(data.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body.filter((part) => part !== '').join('\n')}
<footer>Made by Slidestream. For research, not for diagnosis.</footer>
</main>
</body>
</html>
`;
}
