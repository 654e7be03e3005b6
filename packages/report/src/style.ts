/** The report's style sheet: system fonts, light and dark, prints well. */
export const style = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c2024;--soft:#60656c;--line:#e3e4e6;--accent:#3a5bc7;--good:58,91,199;--bad:205,70,60;
--s0:#3a5bc7;--s1:#d6533c;--s2:#2b8a66;--s3:#a06400;--s4:#8145b5;--s5:#0c7792}
@media(prefers-color-scheme:dark){:root{--bg:#111315;--card:#191b1e;--ink:#edeef0;--soft:#a0a6ad;--line:#2e3236;--accent:#8da4ef;--good:110,140,240;--bad:235,110,95;
--s0:#8da4ef;--s1:#ff9076;--s2:#56c596;--s3:#e3b04b;--s4:#c39af0;--s5:#5cc3dd}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:48px 28px 80px}
header{margin-bottom:28px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:19px;margin:52px 0 14px;letter-spacing:-.01em}
h3{font-size:15px;margin:26px 0 8px;overflow-wrap:anywhere}
p{margin:0 0 10px}.soft,.note{color:var(--soft)}.note{font-size:13px;margin:4px 0 0}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden;margin:22px 0 0}
dl.facts div{background:var(--card);padding:12px 16px}
dl.facts dt{font-size:12px;color:var(--soft)}
dl.facts dd{margin:2px 0 0;font-weight:600;overflow-wrap:anywhere}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:8px 14px;border-bottom:1px solid var(--line);white-space:nowrap}
tbody tr:last-child>*{border-bottom:0}
thead th{font-size:12px;font-weight:600;color:var(--soft)}
td.num,th.num{text-align:right}.figures{width:fit-content;max-width:100%;min-width:min(460px,100%)}td.wide{white-space:normal;overflow-wrap:anywhere;min-width:260px}
.ci{color:var(--soft);font-size:13px}
.wrong-row td{background:rgba(var(--bad),.07)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:16px;align-items:start}
figure{margin:0}
.plot{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px;width:100%;max-width:560px}
.plot svg{width:100%;height:auto;display:block}
.plot-title,.confusion figcaption{font-size:13px;font-weight:600;fill:var(--ink)}
.confusion figcaption{margin:0 0 12px}
.tick,.label{font-size:11px;fill:var(--soft)}
.grid{stroke:var(--line)}.axis{stroke:var(--soft)}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.line.chance{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 4}
.best{stroke:var(--soft);stroke-dasharray:2 3}
.line.s0{stroke:var(--s0)}.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}.line.s4{stroke:var(--s4)}.line.s5{stroke:var(--s5)}
.dot.s0{fill:var(--s0);fill-opacity:.8}
.swatch{display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:7px;vertical-align:middle}
.swatch.s0{background:var(--s0)}.swatch.s1{background:var(--s1)}.swatch.s2{background:var(--s2)}.swatch.s3{background:var(--s3)}.swatch.s4{background:var(--s4)}.swatch.s5{background:var(--s5)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:8px 0 0;padding:0;font-size:13px}
.confusion table{font-size:14px}.confusion th,.confusion td{text-align:center;border:0;padding:10px}
.confusion th[scope=row]{text-align:right;max-width:160px;white-space:normal;overflow-wrap:anywhere}
.confusion .corner{font-weight:400;text-align:right}
.confusion td{border:3px solid var(--card);border-radius:8px}
.confusion td b{display:block;font-size:18px}.confusion td span{font-size:12px;color:var(--soft)}
.confusion td.right{background:rgba(var(--good),calc(.06 + .4*var(--share)))}
.confusion td.wrong{background:rgba(var(--bad),calc(.04 + .4*var(--share)))}
.slide{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px;margin:0 0 18px}
.slide h3{margin:16px 0 6px}.slide h3:first-child{margin:0}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:12px;margin:12px 0}
.pictures img{width:100%;height:auto;display:block;border-radius:6px}
.tiles{display:flex;flex-wrap:wrap;gap:8px}
.tiles figure{width:96px}.tiles img{width:96px;height:96px;object-fit:cover;border-radius:6px;display:block}
.tiles figcaption{font-size:11px;line-height:1.35;margin-top:3px;color:var(--soft)}
.scale{height:8px;max-width:220px;border-radius:4px;background:linear-gradient(90deg,#3b4cc0,#9abbff,#edd0c1,#e26952,#b40426);margin:4px 0 2px}
.scale-ends{display:flex;justify-content:space-between;max-width:220px;font-size:12px;color:var(--soft);margin:0 0 14px}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
summary{cursor:pointer;font-weight:600}
pre{margin:12px 0 0;overflow-x:auto;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:56px;padding-top:14px;border-top:1px solid var(--line);font-size:13px;color:var(--soft)}
@media print{body{background:#fff}main{padding:0;max-width:none}.plot,.slide,.scroll,details{break-inside:avoid}}
`;
