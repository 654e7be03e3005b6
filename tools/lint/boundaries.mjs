/** Which layers a layer may import; data and numeric never meet. */
const ALLOWED = {
  base: ['base'],
  data: ['base', 'data'],
  numeric: ['base', 'numeric'],
  engine: ['base', 'numeric', 'engine'],
  app: ['base', 'data', 'numeric', 'engine', 'app'],
  test: ['base', 'data', 'numeric', 'engine', 'app', 'test'],
};

/** Packages of the numeric layer run in browsers as well. */
const PORTABLE_LAYER = 'numeric';
const NATIVE_ENGINE = '@tensorflow/tfjs-node-gpu';
const ENGINE_OWNER = '@slidestream/engine-node';

/**
 * ESLint plugin with one rule, `layers`: imports go downward only, name packages by their exports, and are declared; the numeric layer
 * imports no Node module; one package alone imports the native engine.
 *
 * @param {readonly Record<string, any>[]} packages - package.json of every package of the workspace
 */
export function boundaries(packages) {
  const byName = new Map(packages.map((one) => [one.name, one]));
  const byFolder = new Map(packages.map((one) => [one.name.replace('@slidestream/', ''), one]));
  return { rules: { layers: { meta: { type: 'problem', schema: [] }, create: (context) => visitor(context, byName, byFolder) } } };
}

function layerOf(manifest) {
  return manifest.nx?.tags?.find((tag) => tag.startsWith('layer:'))?.slice('layer:'.length);
}

function packageNameOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

function visitor(context, byName, byFolder) {
  const file = context.filename.replaceAll('\\', '/');
  const owner = byFolder.get(/\/packages\/([^/]+)\/src\//.exec(file)?.[1] ?? '');
  const isTest = /\.(test|bench)\.ts$|\/testing\//.test(file);
  const check = (node) => {
    const specifier = node.source?.value;
    if (typeof specifier === 'string')
      for (const message of complaints({ specifier, owner, isTest, byName })) context.report({ node, message });
  };
  return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
}

function* complaints({ specifier, owner, isTest, byName }) {
  if (owner !== undefined && /packages\/[^/]+\/src/.test(specifier)) yield 'Import the package by its name, not its sources.';
  if (owner === undefined || specifier.startsWith('.')) return;
  const name = packageNameOf(specifier);
  if (name === owner.name) yield `A package imports its own files by their path, not as ${name}.`;
  if (name === NATIVE_ENGINE && owner.name !== ENGINE_OWNER) yield `Only ${ENGINE_OWNER} imports ${NATIVE_ENGINE}.`;
  const from = layerOf(owner);
  if (isTest) return;
  if (specifier.startsWith('node:')) {
    if (from === PORTABLE_LAYER) yield `${owner.name} runs in browsers too and imports no Node module.`;
    return;
  }
  const target = byName.get(name);
  if (target !== undefined && name !== owner.name && !ALLOWED[from]?.includes(layerOf(target))) {
    yield `${owner.name} (${from}) may not import ${name} (${layerOf(target)}): imports go downward, and data and numeric never meet.`;
  }
  if (
    name !== owner.name &&
    owner.dependencies?.[name] === undefined &&
    owner.peerDependencies?.[name] === undefined &&
    owner.optionalDependencies?.[name] === undefined
  ) {
    yield `${name} is not among the dependencies of ${owner.name}.`;
  }
}
