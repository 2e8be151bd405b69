import type { ClientPresetConfig } from '@graphql-codegen/client-preset'

// What `npx graphql-codegen` would read: the client preset, on nothing but our schema.graphql and the operations in main.ts. The generated
// files are not kept; a test makes them, compiles main.ts against them, and runs it.

export default {
  schema: 'schema.graphql',
  documents: ['examples/codegen/main.ts'],
  generates: {
    'examples/codegen/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false } satisfies ClientPresetConfig,
      config: {
        documentMode: 'string',
        enumsAsConst: true,
        useTypeImports: true,
        importExtension: '.ts',
        scalars: { DateTime: 'string', UUID: 'string', StreamCursor: 'string' },
      },
    },
  },
}
