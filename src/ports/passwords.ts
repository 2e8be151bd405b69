/**
 * Hashes of passwords, slow on purpose. Few run at once and few may wait: past that, `RateLimited`.
 * `verify` against `null` takes as long as against a real hash and answers false, so that nobody learns which accounts exist.
 */
export type Passwords = {
  hash(password: string): Promise<string>
  verify(hash: string | null, password: string): Promise<boolean>
}
