import { z } from 'zod'
import { line, verbatim } from '../../kernel/input.ts'
import { displayNameInput, emailInput, handleInput, phoneInput } from '../../kernel/names.ts'

/** Any characters: what counts is the length. */
const newPassword = verbatim(8, 200)
/** To compare with the one that is kept: of whatever length, it is right or wrong. */
const typedPassword = verbatim(0, 200)
/** Digits, spaces between them included. Anything else is a wrong code, and counts as a try. */
const typedCode = line(0, 40).transform((text) => text.replaceAll(/\s/g, ''))
/** What a link in a mail carries. */
const token = line(0, 200)

export const signUpInput = z.object({
  email: emailInput,
  password: newPassword,
  handle: handleInput,
  displayName: displayNameInput.nullish(),
})

/** Any text may be tried: what can't be a login is nobody's, and looks like it. */
export const signInInput = z.object({
  login: line(0, 254).transform((text) => text.toLowerCase()),
  password: typedPassword,
})

export const changePasswordInput = z.object({ current: typedPassword, new: newPassword })

const oneOf = <Names extends string>(...names: readonly Names[]) => ({
  test: (input: Partial<Record<Names, unknown>>) => names.filter((name) => input[name] != null).length === 1,
  says: { error: `Give exactly one of: ${names.join(', ')}.`, when: () => true },
})

const address = { email: emailInput.nullish(), phone: phoneInput.nullish() }
const oneAddress = oneOf('email', 'phone')

export const requestCodeInput = z.object(address).refine(oneAddress.test, oneAddress.says)

export const redeemCodeInput = z
  .object({ ...address, code: typedCode, handle: handleInput.nullish() })
  .refine(oneAddress.test, oneAddress.says)

const oneProof = oneOf('password', 'code')
export const deleteAccountInput = z
  .object({ password: typedPassword.nullish(), code: typedCode.nullish() })
  .refine(oneProof.test, oneProof.says)

export const requestPasswordResetInput = z.object({ email: emailInput })
export const resetPasswordInput = z.object({ token, password: newPassword })
export const verifyEmailInput = z.object({ token })

export const invitePersonInput = z.object({
  email: emailInput,
  displayName: displayNameInput.nullish(),
  channelIds: z
    .array(z.string().max(200, { error: 'Not the id of a channel.' }))
    .max(100, { error: 'At most 100 at once.' })
    .nullish(),
})
