// The floors of the house, bottom to top, and the arrows that never are. ARCHITECTURE.md says why; `npm run floors` checks.

const floors = {
  kernel: '^src/kernel/',
  ports: '^src/(ports/|env\\.ts$)',
  outside: '^src/(adapters|realtime|embedded)/',
  rooms: '^src/features/(?!.*\\.graphql\\.ts$)',
  graphql: '^src/(graphql/|features/.*\\.graphql\\.ts$)',
  transport: '^src/transport/',
  top: '^src/(compose\\.ts$|compose/|main\\.ts$|start\\.mjs$)',
}

/** For programs that talk to a server: on no floor, and alone. */
const sdk = '^src/sdk/'

const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

const arrowsGoDown = Object.entries(floors).flatMap(([floor, path], level) => {
  const above = Object.values(floors).slice(level + 1)
  return above.length === 0 ? [] : [never(`down-from-${floor}`, `From ${floor} arrows go down only.`, { path }, { path: above })]
})

const npm = (names) => `(^|/)node_modules/(@types/)?(${names.join('|')})(/|$)`

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrowsGoDown,
    never(
      'every-file-has-a-floor',
      'A new place in src/ gets its floor here first.',
      { path: '^src/' },
      { path: '^src/', pathNot: [...Object.values(floors), sdk, '^src/generated/'] },
    ),
    never(
      'neighbours-keep-apart',
      'Adapters, realtime and embedded know ports, not each other.',
      { path: '^src/(adapters|realtime|embedded)/' },
      {
        path: '^src/(adapters|realtime|embedded)/',
        pathNot: '^src/$1/',
      },
    ),
    never(
      'no-cycle-of-values',
      'Values in a circle depend on which file is loaded first. Types may meet in one.',
      { path: '^src/' },
      {
        circular: true,
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    ),
    never(
      'room-without-graphql',
      'Only a *.graphql.ts of a room knows GraphQL, and only adapters know a vendor.',
      { path: floors.rooms },
      {
        path: [
          npm(['graphql', 'graphql-[^/]+', '@graphql-[^/]+', '@pothos', 'ws', 'ioredis', 'resend', 'lucia']),
          '^src/generated/pothos\\.ts$',
        ],
      },
    ),
    never(
      'room-without-schema',
      'The schema lists the rooms, never the other way.',
      { path: '^src/features/' },
      { path: '^src/graphql/schema\\.ts$' },
    ),
    never(
      'rooms-meet-by-type',
      'A room gets another one in compose.ts, and imports its types only.',
      { path: '^src/features/([^/]+)/' },
      {
        path: floors.rooms,
        pathNot: '^src/features/$1/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    never('transport-without-rooms', 'The transport carries any schema.', { path: '^src/transport/' }, { path: '^src/features/' }),
    never('realtime-without-rooms', 'The hub carries any event.', { path: '^src/realtime/' }, { path: '^src/features/' }),
    never(
      'only-compose-takes-adapters',
      'Everyone else takes the port.',
      { path: '^src/', pathNot: '^src/(compose\\.ts$|compose/|adapters/)' },
      { path: '^src/adapters/' },
    ),
    never(
      'only-the-top-takes-embedded',
      'Everyone else has a database and asks no further.',
      { path: '^src/', pathNot: [floors.top, '^src/embedded/'] },
      {
        path: '^src/embedded/',
      },
    ),
    never(
      'sdk-stands-alone',
      'It runs in browsers: of the rest of src/ it takes nothing, not even a type, and of packages graphql-ws only.',
      { path: sdk },
      { pathNot: [sdk, npm(['graphql-ws'])] },
    ),
    never(
      'nobody-takes-the-sdk',
      'What the server is made of is not what its clients are.',
      { path: '^src/', pathNot: sdk },
      { path: sdk },
    ),
    never(
      'src-without-test',
      'What runs knows nothing of its tests and tools.',
      { path: '^src/' },
      { path: '^(test|scripts|bench|examples)/' },
    ),
    never(
      'only-packages-that-ship',
      'What src/ imports is listed in `dependencies`.',
      { path: '^src/' },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    ),
    never(
      'everything-resolves',
      'An import that leads nowhere would hide from the other rules.',
      { path: '^src/' },
      { couldNotResolve: true },
    ),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/generated/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    skipAnalysisNotInRules: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
}
