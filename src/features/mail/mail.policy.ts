import { Forbidden } from '../../kernel/errors.ts'
import type { Viewer } from '../../ports/sessions.ts'

/** Dead letters hold addresses: they are for those who run the server. */
export function mayKeepMail({ role }: Pick<Viewer, 'role'>): void {
  if (role !== 'ADMIN') throw new Forbidden('Only administrators look after the mail.')
}
