import { version } from '../version.js';
import { encoderSource, encoderTest } from './encoder-files.js';
import { headSource, headTest } from './head-files.js';
import type { NewNames } from './package-name.js';

/** What can be laid out. */
export type NewKind = 'head' | 'encoder';

/** The files of a new package by path: one head or encoder, its conformance test, and how to use it. */
export function packageFiles(kind: NewKind, names: NewNames): Map<string, string> {
  const { specName } = names;
  const [source, test] = kind === 'head' ? [headSource(names), headTest(names)] : [encoderSource(names), encoderTest(names)];
  return new Map([
    ['package.json', manifest(kind, names)],
    ['tsconfig.json', tsconfig],
    ['README.md', readme(kind, names)],
    ['src/index.ts', index(kind, names)],
    [`src/${specName}.ts`, source],
    [`src/${specName}.test.ts`, test],
  ]);
}

function manifest(kind: NewKind, { packageName, specName }: NewNames): string {
  const family = kind === 'head' ? 'mil-heads' : 'backbones';
  const ours = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`@slidestream/${name}`, version]));
  const content = {
    name: packageName,
    version: '0.1.0',
    description: `The ${kind} "${specName}" for Slidestream`,
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist', '!dist/*.test.*'],
    scripts: { build: 'tsc', test: 'vitest run' },
    peerDependencies: { ...ours(['core', family, 'tensors']), '@tensorflow/tfjs-core': '4.22.0' },
    devDependencies: { ...ours(['engine-node']), typescript: '^6.0.0', vitest: '^4.1.0' },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      declaration: true,
      skipLibCheck: true,
      verbatimModuleSyntax: true,
      rootDir: 'src',
      outDir: 'dist',
      types: ['node'],
    },
    include: ['src'],
  },
  null,
  2,
)}\n`;

function index(kind: NewKind, { specName, identifier }: NewNames): string {
  const [list, type, from] =
    kind === 'head' ? ['heads', 'HeadSpec', '@slidestream/mil-heads'] : ['encoders', 'EncoderSpec', '@slidestream/backbones'];
  return `import type { ${type} } from '${from}';
import { ${identifier} } from './${specName}.js';

/** What Slidestream takes from this package when a configuration names it under \`plugins\`. */
export const ${list}: readonly ${type}[] = [${identifier}];
`;
}

function readme(kind: NewKind, { packageName, specName }: NewNames): string {
  const use = kind === 'head' ? `head: { name: ${specName} }` : `encoder: { name: ${specName} }`;
  return `# ${packageName}

The ${kind} \`${specName}\` for [Slidestream](https://www.npmjs.com/org/slidestream). All of it is in \`src/${specName}.ts\`; \`src/${specName}.test.ts\` holds it
against the contract of ${kind}s.

\`\`\`sh
npm install && npm run build && npm test
\`\`\`

Named in a run's YAML, it is used like the ones that come with Slidestream:

\`\`\`yaml
plugins: ['${packageName}'] # or ./path/to/dist/index.js, relative to this file
${use}
\`\`\`
`;
}
