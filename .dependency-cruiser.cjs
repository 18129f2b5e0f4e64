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
      from: { path: '^src/', pathNot: `^src/(index\\.ts$|(${rooms.join('|')})/)` },
      to: {},
    },
    {
      name: 'front-door-is-for-people',
      comment: 'Inside the library files import the file they need, not the front door.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
}
