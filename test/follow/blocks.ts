import { type Step, stepsOf } from '../docs/answers.ts'
import { type Block, blocksOf, documentNamed } from '../docs/documents.ts'

// The blocks that need more than a server that is there already: those who follow the documents type them (`npm run follow`).

/** All of them, by how they begin. What test/docs/ finds in the documents must be these. */
export const followed: Record<string, string[]> = {
  'CONTRIBUTING.md': ['npm run schema -- --breaking'],
  'README.md': ['npm ci && npm start', 'npm ci && npm test', 'npm run demo:chat -- ada'],
  'docs/first-program.md': ['git clone', 'npm exec -- node hello.mjs grace', 'npm exec -- node hello.mjs ada'],
  'docs/operating.md': ['docker build', 'echo "POSTGRES_PASSWORD', 'pg_dump', 'createdb', 'groups:'],
  'docs/sdk.md': ['npm run build:sdk'],
}

export const isFollowed = ({ language, text }: Block): boolean => language === 'yaml' || (language === 'sh' && !text.startsWith('curl '))

/** The blocks of a document, to be taken one by one. */
export function openScript(file: string) {
  const steps = stepsOf(blocksOf(documentNamed(file)))
  return {
    /** The first one that begins so and wasn't taken yet, with the answers that stand below it. */
    take(begins: string): Step {
      const found = steps.findIndex(({ text }) => text.startsWith(begins))
      if (found === -1) throw new Error(`${file} has no block that begins with «${begins}».`)
      return steps.splice(found, 1)[0]!
    },
    end() {
      const left = steps.filter(isFollowed)
      if (left.length > 0) throw new Error(`${file}: nobody has followed «${left.map(({ text }) => text.trim()).join('», «')}».`)
    },
  }
}
