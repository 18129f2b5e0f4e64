// The rooms of src/, lowest first: a room may import those before it, never one after it. CONTRIBUTING shows the table.
const rooms = [
  'base',
  'platform',
  'storage',
  'compute',
  'data',
  'distributions',
  'layers',
  'inference',
  'models',
  'training',
  'fixes',
  'metrics',
  'plots',
  'export',
  'runs',
  'display',
  'audit',
  'kernel',
  'setup',
  'runner',
  'apps',
]

const upward = rooms.slice(0, -1).map((room, i) => ({
  name: `down-from-${room}`,
  comment: `${room} stands below what it imports here: move the imported part down, or the importing one up.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: `^src/(${rooms.slice(i + 1).join('|')})/` },
}))

// Where Node is at home: the rest of src/ must work in a browser too, where another folder takes the place of
// platform/.
const nodeRooms = [
  '^src/platform/',
  '^src/compute/native/',
  '^src/(kernel|setup|runner|apps)/',
  // Downloads through proxies, resumed, and locked against other processes: a browser loads its data sets another way.
  '^src/data/(ask|fetch|fetchFolder|leftovers|partial)\\.ts$',
]

// Packages that run in a browser as they do in Node.
const portable = [
  'zod',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  '@uwdata/flechette',
  'arquero',
  'escape-html',
  'fastest-levenshtein',
  'fzstd',
  'ml-matrix',
  'protobufjs',
  'string-pixel-width',
  'papaparse',
  '@uwdata/flechette',
  'fzstd',
  'upng-js',
  'vega',
  'vega-lite',
]

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-cycle',
      comment:
        'Two files that import each other cannot be read one after the other: move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'a-room-of-its-own',
      comment: 'A folder of src/ that the list of rooms does not name: give it its place there.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/((index|browser)\\.ts$|(${rooms.join('|')})/)` },
      to: {},
    },
    {
      name: 'front-door-is-for-people',
      comment: 'Inside the library files import the file they need, not the front door.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/browser\\.ts$' },
      to: { path: '^src/(index|browser)\\.ts$' },
    },
    {
      name: 'node-in-its-rooms',
      comment: "Only some rooms import Node's own modules: use, or add to, the verbs of src/platform/.",
      severity: 'error',
      from: { path: '^src/', pathNot: nodeRooms },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'packages-for-node-in-their-rooms',
      comment: 'A package for Node alone: wrap it in src/platform/; or name it among the portable ones.',
      severity: 'error',
      // Pictures of charts are drawn by a library of native code, which these two files load.
      from: { path: '^src/', pathNot: [...nodeRooms, '^src/display/(render|letters)\\.ts$'] },
      to: {
        path: 'node_modules/',
        pathNot: portable.flatMap((name) => [`node_modules/${name}/`, `node_modules/@types/${name}/`]),
      },
    },
    {
      name: 'no-node-in-the-browser',
      comment: 'A file browser/NAME.ts takes the place of NAME.ts in a browser, where Node is not.',
      severity: 'error',
      from: { path: ['^src/[^/]+/browser/', '^src/browser\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'twins-are-put-in-by-the-bundler',
      comment: 'Import NAME, not browser/NAME: the bundler for browsers exchanges them.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/[^/]+/browser/', '^src/browser\\.ts$'] },
      to: { path: '^src/[^/]+/browser/' },
    },
    {
      name: 'native-engine-by-one-door',
      comment:
        'The library reaches the native engine through compute/engines.ts alone, so that an edition can leave it out.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/compute/(browser/)?(native/|engines\\.ts$)', '^src/(setup|apps)/'],
      },
      to: { path: '^src/compute/native/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
}
