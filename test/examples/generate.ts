import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { preset } from '@graphql-codegen/client-preset'
import { codegen } from '@graphql-codegen/core'
import { buildASTSchema, parse } from 'graphql'
import config from '../../examples/codegen/codegen.ts'

// `graphql-codegen` without its command line: reads the configuration of examples/codegen, and writes below `root` what it says.

export async function generate(root: string): Promise<void> {
  const schema = parse(readFileSync(config.schema, 'utf8'))
  const documents = config.documents.flatMap((location) =>
    [...readFileSync(location, 'utf8').matchAll(/graphql\(`([^`]+)`\)/g)].map(([, rawSDL = '']) => ({
      location,
      document: parse(rawSDL),
      rawSDL,
    })),
  )
  for (const [baseOutputDir, { config: options, presetConfig }] of Object.entries(config.generates)) {
    const outputs = await preset.buildGeneratesSection({
      baseOutputDir,
      config: options,
      documents,
      importExtension: '.ts',
      pluginMap: {},
      plugins: [],
      presetConfig,
      profiler: undefined,
      schema,
      schemaAst: buildASTSchema(schema),
    } as unknown as Parameters<typeof preset.buildGeneratesSection>[0])
    for (const output of outputs) {
      const file = join(root, output.filename)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, await codegen(output))
    }
  }
}
