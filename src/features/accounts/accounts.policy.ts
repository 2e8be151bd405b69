import type { Viewer } from '../../ports/sessions.ts'

export type InvitationPolicy = 'everyone' | 'admins'

export const mayInvite = ({ role }: Viewer, invitations: InvitationPolicy): boolean => invitations === 'everyone' || role === 'ADMIN'
