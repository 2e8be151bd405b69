// Written by codegen.ts (`npm run codegen`) from schema.graphql and src/sdk/operations/.

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type AddMembersInput = {
  /** The `id` of the channel. */
  channelId: string;
  /** Up to 100 people. Adding someone again changes nothing. */
  userIds: Array<string>;
  /** GROUP: they see what was written before, too. */
  withHistory?: boolean | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type ArchiveChannelInput = {
  /** False brings it back. */
  archived: boolean;
  /** The `id` of the channel. */
  channelId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type ChangePasswordInput = {
  /** The password until now. */
  current: string;
  /** 8–200 characters. */
  new: string;
};

/** Who is in a channel, and how they come in. */
export type ChannelKind =
  /** Two people; exists once for each pair. */
  | 'DIRECT'
  /** By invitation. */
  | 'GROUP'
  /** Listed; anyone signed in may read its front page and join. */
  | 'PUBLIC';

/** A place in a channel. */
export type ChannelPosition = {
  /** The `id` of the channel. */
  channelId: string;
  /** The number of the last message it takes in: 0 to `lastSeq`. */
  seq: number;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type CreateChannelInput = {
  /** GROUP or PUBLIC. */
  kind: ChannelKind;
  /** Up to 100 people who are in it from the start. */
  memberIds?: Array<string> | null | undefined;
  /** 1–80 characters. */
  name: string;
  /** Up to 250 characters. */
  topic?: string | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type DeleteAccountInput = {
  /** A one-time code, as requestSignInCode sends it to the address of the account. */
  code?: string | null | undefined;
  /** The password, or else `code`. */
  password?: string | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type DeleteChannelInput = {
  /** The `id` of the channel. */
  channelId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type DeleteMessageInput = {
  /** One’s own, or as a moderator anyone’s. */
  messageId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type EditMessageInput = {
  /** Refused as a Conflict where the message has changed since. */
  expectedVersion?: number | null | undefined;
  /** One of the viewer’s own, not older than 30 days. */
  messageId: string;
  /** 1–8,000 characters. Names people anew; whom `mentionIds` had named stay named. */
  text: string;
};

/** What is mailed to someone who is away. */
export type EmailNotifications =
  /** Whatever may interrupt, as the notification level of each channel has it. */
  | 'ALL'
  /** Mentions, replies, and messages in DIRECT channels. The preset. */
  | 'MENTIONS_AND_DIRECT'
  /** Nothing. Codes and links that one asks for come all the same. */
  | 'NONE';

/** The kind of an expected failure, for programs to branch on. */
export type ErrorCode =
  /** The present state does not allow it; `reason` says what stands in the way. */
  | 'CONFLICT'
  /** The viewer may see this, but not do that. */
  | 'FORBIDDEN'
  /** Something in the arguments is wrong; `issues` says what, all at once. */
  | 'INVALID_INPUT'
  /** Does not exist. Also what a thing looks like that the viewer may not see. */
  | 'NOT_FOUND'
  /** Too often; `retryAfterMs` says when to try again. */
  | 'RATE_LIMITED'
  /** Nobody is signed in, or the password, code or link does not open anything. */
  | 'UNAUTHENTICATED';

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type InvitePersonInput = {
  /** Added to these channels at once. */
  channelIds?: Array<string> | null | undefined;
  /** Up to 80 characters; the handle where there is none. */
  displayName?: string | null | undefined;
  /** Where the invitation goes. The handle is made from it and can be changed. */
  email: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type JoinChannelInput = {
  /** The `id` of the channel. */
  channelId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type LeaveChannelInput = {
  /** The `id` of the channel. */
  channelId: string;
};

/** Which mails go first. */
export type MailPriority =
  /** What was written while somebody was away. */
  | 'NOTIFICATION'
  /** Codes, resets, invitations and verifications: somebody waits for them. */
  | 'SECRET';

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type MarkDeliveredInput = {
  /** Up to 100 channels at once. */
  positions: Array<ChannelPosition>;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type MarkNotificationsReadInput = {
  /** Up to 100; none given: all of them. */
  ids?: Array<string> | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type MarkReadInput = {
  /** The channel whose mark moves. */
  channelId: string;
  /** The number of the last message it takes in: 0 to `lastSeq`. */
  seq: number;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type MarkUnreadInput = {
  /** The channel whose mark moves. */
  channelId: string;
  /** The first message to count as unread. */
  fromSeq: number;
};

/** What someone is in a channel. */
export type MemberRole =
  /** Reads and writes. */
  | 'MEMBER'
  /** Adds and removes people, renames, deletes messages of others. */
  | 'MODERATOR'
  /** May do everything, and hands out the roles. */
  | 'OWNER';

/** Who speaks. */
export type MessageKind =
  /** Someone joined, left, renamed the channel … */
  | 'SYSTEM'
  /** A person. */
  | 'TEXT';

/** What a notification is about. Of several that fit a message it is the first, of these in turn: MENTION, REPLY, DIRECT_MESSAGE. */
export type NotificationKind =
  /** Somebody added the viewer to a channel. */
  | 'ADDED_TO_CHANNEL'
  /** A direct conversation has something unread. Once for each; it moves to the newest message. */
  | 'DIRECT_MESSAGE'
  /** A message names the viewer. */
  | 'MENTION'
  /** A message answers one of the viewer’s. */
  | 'REPLY';

/** What of a channel may interrupt someone who is not looking. */
export type NotificationLevel =
  /** Every message. The preset in DIRECT and GROUP channels. */
  | 'ALL'
  /** Mentions and replies. The preset in PUBLIC channels. */
  | 'MENTIONS'
  /** Nothing; only being added to it is listed. */
  | 'NONE';

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type OpenDirectChannelInput = {
  /** With whom; oneself for notes. */
  userId: string;
};

/** Whether someone is here. */
export type PresenceStatus =
  /** Connected, but did nothing in the last five minutes. */
  | 'AWAY'
  /** Not connected, for some seconds at least. */
  | 'OFFLINE'
  /** Connected, and did something in the last five minutes. */
  | 'ONLINE';

/** A span of local time, over midnight where `to` is before `from`. */
export type QuietHoursInput = {
  /** A local time such as 22:00. */
  from: string;
  /** A local time such as 07:00. */
  to: string;
};

/** A message and an emoji. */
export type ReactionInput = {
  /** One emoji. */
  emoji: string;
  /** The `id` of the message. */
  messageId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type RemoveMemberInput = {
  /** The `id` of the channel. */
  channelId: string;
  /** The person it is done to. */
  userId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type RequestPasswordResetInput = {
  /** The address of the account. */
  email: string;
};

/** Exactly one of the two. */
export type RequestSignInCodeInput = {
  /** An e-mail address. */
  email?: string | null | undefined;
  /** A phone number with its country code, such as +491701234567. */
  phone?: string | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type ResetPasswordInput = {
  /** 8–200 characters. */
  password: string;
  /** From the link in the mail: of a password reset, or of an invitation. */
  token: string;
};

/** Why a stream can’t go on from where it was. */
export type ResyncReason =
  /** The cursor is malformed, of another database, or from the future. */
  | 'CURSOR_INVALID'
  /** More has changed since than a stream replays. */
  | 'GAP_TOO_LARGE'
  /** The client does not read as fast as events come. */
  | 'SLOW_CONSUMER';

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type RetryDeadLetterInput = {
  /** Of a DeadLetter. */
  id: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type RevokeSessionInput = {
  /** One of the viewer’s own. */
  sessionId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type SendMessageInput = {
  /** The channel to say it in: a member may. */
  channelId: string;
  /** Chosen by the client, once for each message it means to send. Sending again with the same key returns the first message and sends nothing; with the same key and another content it is a Conflict. Without one, a retry may send twice. */
  clientId?: string | null | undefined;
  /** People named in the text as @handle are found by the server; these are added. */
  mentionIds?: Array<string> | null | undefined;
  /** The message it answers, in the same channel. */
  replyToId?: string | null | undefined;
  /** 1–8,000 characters. `@handle` names a member (up to 100 of them), `@channel` everyone where a moderator says it; in `code` both are plain text. */
  text: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type SetMemberRoleInput = {
  /** The `id` of the channel. */
  channelId: string;
  /** What they are to be. */
  role: MemberRole;
  /** The person it is done to. */
  userId: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type SetTypingInput = {
  /** The channel it is written in. */
  channelId: string;
  /** Say true again every three seconds: it ends by itself after six. */
  typing: boolean;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type SignInInput = {
  /** An e-mail address or a handle, in whatever case. */
  login: string;
  /** The password. */
  password: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type SignInWithCodeInput = {
  /** The newest code, six digits. It works once, for 10 minutes and five tries. */
  code: string;
  /** Where the code was sent to: this, or `phone`. */
  email?: string | null | undefined;
  /** For a first sign-in, which makes the account. Without one it comes from the address. */
  handle?: string | null | undefined;
  /** Where the code was sent to: this, or `email`. */
  phone?: string | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type SignUpInput = {
  /** Up to 80 characters; the handle where there is none. */
  displayName?: string | null | undefined;
  /** Unique without regard to case. A link to verify it is mailed. */
  email: string;
  /** 3–30 of a–z 0–9 _ . -, unique without regard to case. */
  handle: string;
  /** 8–200 characters. */
  password: string;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type UpdateChannelInput = {
  /** The `id` of the channel. */
  channelId: string;
  /** 1–80 characters. */
  name?: string | null | undefined;
  /** Up to 250 characters; null or empty takes it away. */
  topic?: string | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type UpdateMembershipInput = {
  /** The `id` of the channel. */
  channelId: string;
  /** Quiet until then; null ends it. */
  mutedUntil?: string | null | undefined;
  /** What may interrupt. */
  notificationLevel?: NotificationLevel | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type UpdateProfileInput = {
  /** A URL on https; null or empty takes it away. */
  avatarUrl?: string | null | undefined;
  /** Up to 500 characters, in several lines; null or empty takes it away. */
  bio?: string | null | undefined;
  /** Up to 80 characters. */
  displayName?: string | null | undefined;
  /** 3–30 of a–z 0–9 _ . -, unique without regard to case. */
  handle?: string | null | undefined;
};

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type UpdateSettingsInput = {
  /** What is mailed while the viewer is away. */
  emailNotifications?: EmailNotifications | null | undefined;
  /** Whether devices are notified. */
  pushNotifications?: boolean | null | undefined;
  /** None of them is sent between these times; null ends that. */
  quietHours?: QuietHoursInput | null | undefined;
  /** Off: others don't see what the viewer has read, and the viewer doesn't see what others have. */
  readReceipts?: boolean | null | undefined;
  /** An IANA name such as Europe/Berlin; UTC at first. */
  timeZone?: string | null | undefined;
};

/** What someone is on this server. In a channel there are roles of its own. */
export type UserRole =
  /** May do in every PUBLIC channel what its owner may, and invite where only administrators do. */
  | 'ADMIN'
  /** Like everyone. */
  | 'USER';

/** The argument of the mutation of this name. Where several things in it are wrong, `InvalidInput` names all of them. */
export type VerifyEmailInput = {
  /** From the link in the mail. */
  token: string;
};

export type SignUpMutationVariables = Exact<{
  input: SignUpInput;
}>;


export type SignUpMutation = { signUp:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'SignUpPayload', token: string, expiresAt: string, viewer: ViewerFragment }
   };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn:
    | (
      { __typename: 'BadCredentials' }
      & Failure_BadCredentials_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'SignInPayload', token: string, expiresAt: string, viewer: ViewerFragment }
   };

export type RequestSignInCodeMutationVariables = Exact<{
  input: RequestSignInCodeInput;
}>;


export type RequestSignInCodeMutation = { requestSignInCode:
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'RequestSignInCodePayload', retryAfterMs: number }
   };

export type SignInWithCodeMutationVariables = Exact<{
  input: SignInWithCodeInput;
}>;


export type SignInWithCodeMutation = { signInWithCode:
    | (
      { __typename: 'BadCredentials' }
      & Failure_BadCredentials_Fragment
    )
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'SignInWithCodePayload', token: string, expiresAt: string, created: boolean, viewer: ViewerFragment }
   };

export type SignOutMutationVariables = Exact<{ [key: string]: never; }>;


export type SignOutMutation = { signOut:
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'SignOutPayload', ok: boolean }
   };

export type RevokeSessionMutationVariables = Exact<{
  input: RevokeSessionInput;
}>;


export type RevokeSessionMutation = { revokeSession:
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'RevokeSessionPayload', sessionId: string }
   };

export type RevokeOtherSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type RevokeOtherSessionsMutation = { revokeOtherSessions:
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'RevokeOtherSessionsPayload', revoked: number }
   };

export type RequestPasswordResetMutationVariables = Exact<{
  input: RequestPasswordResetInput;
}>;


export type RequestPasswordResetMutation = { requestPasswordReset:
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'RequestPasswordResetPayload', ok: boolean }
   };

export type ResetPasswordMutationVariables = Exact<{
  input: ResetPasswordInput;
}>;


export type ResetPasswordMutation = { resetPassword:
    | (
      { __typename: 'BadCredentials' }
      & Failure_BadCredentials_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'ResetPasswordPayload', token: string, expiresAt: string, viewer: ViewerFragment }
   };

export type ChangePasswordMutationVariables = Exact<{
  input: ChangePasswordInput;
}>;


export type ChangePasswordMutation = { changePassword:
    | (
      { __typename: 'BadCredentials' }
      & Failure_BadCredentials_Fragment
    )
    | { __typename: 'ChangePasswordPayload', ok: boolean }
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
   };

export type VerifyEmailMutationVariables = Exact<{
  input: VerifyEmailInput;
}>;


export type VerifyEmailMutation = { verifyEmail:
    | (
      { __typename: 'BadCredentials' }
      & Failure_BadCredentials_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'VerifyEmailPayload', viewer: { email: string | null, emailVerified: boolean } }
   };

export type InvitePersonMutationVariables = Exact<{
  input: InvitePersonInput;
}>;


export type InvitePersonMutation = { invitePerson:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'InvitePersonPayload', user: UserFragment }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
   };

export type DeleteAccountMutationVariables = Exact<{
  input: DeleteAccountInput;
}>;


export type DeleteAccountMutation = { deleteAccount:
    | (
      { __typename: 'BadCredentials' }
      & Failure_BadCredentials_Fragment
    )
    | { __typename: 'DeleteAccountPayload', ok: boolean }
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
   };

export type SessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type SessionsQuery = { viewer: { sessions: Array<{ id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, userAgent: string | null, ipAddress: string | null }> } | null };

export type RetryDeadLetterMutationVariables = Exact<{
  input: RetryDeadLetterInput;
}>;


export type RetryDeadLetterMutation = { retryDeadLetter:
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'RetryDeadLetterPayload', id: string }
   };

export type DeadLettersQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type DeadLettersQuery = { deadLetters: { edges: Array<{ node: { id: string, to: string, subject: string | null, priority: MailPriority, tries: number, lastError: string | null, createdAt: string, at: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type OpenDirectChannelMutationVariables = Exact<{
  input: OpenDirectChannelInput;
}>;


export type OpenDirectChannelMutation = { openDirectChannel:
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'OpenDirectChannelPayload', created: boolean, channel: ChannelStateFragment }
   };

export type CreateChannelMutationVariables = Exact<{
  input: CreateChannelInput;
}>;


export type CreateChannelMutation = { createChannel:
    | { __typename: 'CreateChannelPayload', channel: ChannelStateFragment }
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type UpdateChannelMutationVariables = Exact<{
  input: UpdateChannelInput;
}>;


export type UpdateChannelMutation = { updateChannel:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'UpdateChannelPayload', channel: ChannelFragment }
   };

export type ArchiveChannelMutationVariables = Exact<{
  input: ArchiveChannelInput;
}>;


export type ArchiveChannelMutation = { archiveChannel:
    | { __typename: 'ArchiveChannelPayload', channel: ChannelFragment }
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type DeleteChannelMutationVariables = Exact<{
  input: DeleteChannelInput;
}>;


export type DeleteChannelMutation = { deleteChannel:
    | { __typename: 'DeleteChannelPayload', channelId: string }
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type JoinChannelMutationVariables = Exact<{
  input: JoinChannelInput;
}>;


export type JoinChannelMutation = { joinChannel:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | { __typename: 'JoinChannelPayload', membership: (
        { channel: ChannelStateFragment }
        & MembershipFragment
      ) }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type LeaveChannelMutationVariables = Exact<{
  input: LeaveChannelInput;
}>;


export type LeaveChannelMutation = { leaveChannel:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | { __typename: 'LeaveChannelPayload', channelId: string }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type AddMembersMutationVariables = Exact<{
  input: AddMembersInput;
}>;


export type AddMembersMutation = { addMembers:
    | { __typename: 'AddMembersPayload', memberships: Array<MembershipFragment> }
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type RemoveMemberMutationVariables = Exact<{
  input: RemoveMemberInput;
}>;


export type RemoveMemberMutation = { removeMember:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'RemoveMemberPayload', channelId: string, userId: string }
   };

export type SetMemberRoleMutationVariables = Exact<{
  input: SetMemberRoleInput;
}>;


export type SetMemberRoleMutation = { setMemberRole:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'SetMemberRolePayload', membership: MembershipFragment }
   };

export type UpdateMembershipMutationVariables = Exact<{
  input: UpdateMembershipInput;
}>;


export type UpdateMembershipMutation = { updateMembership:
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'UpdateMembershipPayload', membership: MembershipFragment }
   };

export type ChannelQueryVariables = Exact<{
  id: string;
}>;


export type ChannelQuery = { channel: ChannelStateFragment | null };

export type ChannelsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  kinds?: Array<ChannelKind> | ChannelKind | null | undefined;
  unreadOnly?: boolean | null | undefined;
  archived?: boolean | null | undefined;
}>;


export type ChannelsQuery = { viewer: { channels: { edges: Array<{ node: ChannelStateFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type PublicChannelsQueryVariables = Exact<{
  search?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type PublicChannelsQuery = { publicChannels: { edges: Array<{ node: ChannelStateFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type MembersQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type MembersQuery = { channel: { memberCount: number, members: { edges: Array<{ node: { version: number, role: MemberRole, joinedAt: string, user: UserHereFragment, receipt: ReceiptFragment } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type TypingChangedSubscriptionVariables = Exact<{
  channelId: string;
}>;


export type TypingChangedSubscription = { typingChanged: { cursor: string, channelId: string, typing: boolean, user: UserFragment } };

type Failure_BadCredentials_Fragment = { code: ErrorCode, reason: string };

type Failure_Conflict_Fragment = { code: ErrorCode, reason: string };

type Failure_Forbidden_Fragment = { code: ErrorCode, reason: string };

type Failure_InvalidInput_Fragment = { code: ErrorCode, reason: string, issues: Array<{ path: string, reason: string }> };

type Failure_NotFound_Fragment = { code: ErrorCode, reason: string };

type Failure_RateLimited_Fragment = { retryAfterMs: number, code: ErrorCode, reason: string };

export type FailureFragment =
  | Failure_BadCredentials_Fragment
  | Failure_Conflict_Fragment
  | Failure_Forbidden_Fragment
  | Failure_InvalidInput_Fragment
  | Failure_NotFound_Fragment
  | Failure_RateLimited_Fragment
;

export type UserFragment = { id: string, version: number, handle: string, displayName: string, avatarUrl: string | null, bio: string | null };

export type UserHereFragment = (
  { presence: { status: PresenceStatus, lastActiveAt: string | null } }
  & UserFragment
);

export type ViewerFragment = { version: number, email: string | null, emailVerified: boolean, phone: string | null, role: UserRole, user: UserFragment, settings: { readReceipts: boolean, emailNotifications: EmailNotifications, pushNotifications: boolean, timeZone: string, quietHours: { from: string, to: string } | null } };

export type MessageBodyFragment = { id: string, seq: number, version: number, kind: MessageKind, text: string | null, clientId: string | null, createdAt: string, editedAt: string | null, deletedAt: string | null, sender: UserFragment | null, mentions: Array<{ id: string }>, replyTo: { id: string, seq: number, version: number, text: string | null, sender: UserFragment | null } | null };

export type MessageFragment = (
  { reactions: Array<{ emoji: string, count: number, viewerReacted: boolean }> }
  & MessageBodyFragment
);

export type MessageEventFragment = (
  { reactions: Array<{ emoji: string, count: number, users: Array<{ id: string }> }> }
  & MessageBodyFragment
);

export type ReceiptFragment = { channelId: string, deliveredSeq: number, deliveredAt: string | null, readSeq: number | null, readAt: string | null, user: { id: string } };

export type MembershipFragment = { version: number, role: MemberRole, joinedAt: string, notificationLevel: NotificationLevel | null, mutedUntil: string | null, unreadFrom: number | null, user: UserFragment, unread: { messages: number, mentions: number, firstUnreadSeq: number | null, afterSeq: number, upToSeq: number } | null, receipt: ReceiptFragment };

export type ChannelFragment = { id: string, version: number, kind: ChannelKind, name: string | null, topic: string | null, createdAt: string, archivedAt: string | null };

export type ChannelStateFragment = (
  { memberCount: number, lastSeq: number, peer: UserHereFragment | null, membership: MembershipFragment | null, lastMessage: MessageFragment | null }
  & ChannelFragment
);

export type SnapshotQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type SnapshotQuery = { viewer: (
    { cursor: string, notifications: { totalCount: number, edges: Array<{ node: NotificationFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, channels: { edges: Array<{ node: ChannelStateFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    & ViewerFragment
  ) | null };

export type InboxEventsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  ephemeral?: boolean | null | undefined;
}>;


export type InboxEventsSubscription = { inboxEvents:
    | { __typename: 'AccessRevoked', channelId: string, version: number, cursor: string }
    | { __typename: 'ChannelChanged', channelId: string, cursor: string, channel: ChannelFragment }
    | { __typename: 'MemberLeft', channelId: string, userId: string, version: number, cursor: string }
    | { __typename: 'MembershipChanged', channelId: string, cursor: string, membership: MembershipFragment }
    | { __typename: 'MessageAdded', channelId: string, cursor: string, message: MessageEventFragment }
    | { __typename: 'MessageChanged', channelId: string, cursor: string, message: MessageEventFragment }
    | { __typename: 'NotificationAdded', cursor: string, notification: NotificationFragment }
    | { __typename: 'NotificationChanged', cursor: string, notification: NotificationFragment }
    | { __typename: 'PresenceChanged', cursor: string, user: UserFragment, presence: { status: PresenceStatus, lastActiveAt: string | null } }
    | { __typename: 'ReceiptUpdated', channelId: string, cursor: string, receipts: Array<ReceiptFragment> }
    | { __typename: 'ResyncRequired', reason: ResyncReason, cursor: string }
    | { __typename: 'StreamReady', replayed: number, cursor: string }
    | { __typename: 'TypingChanged', channelId: string, typing: boolean, cursor: string, user: UserFragment }
    | { __typename: 'UserChanged', cursor: string, user: UserFragment }
    | { __typename: 'UserDeleted', userId: string, cursor: string }
    | { __typename: 'ViewerChanged', cursor: string, viewer: ViewerFragment }
   };

export type SendMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export type SendMessageMutation = { sendMessage:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | (
      { __typename: 'RateLimited' }
      & Failure_RateLimited_Fragment
    )
    | { __typename: 'SendMessagePayload', replayed: boolean, message: MessageFragment }
   };

export type EditMessageMutationVariables = Exact<{
  input: EditMessageInput;
}>;


export type EditMessageMutation = { editMessage:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | { __typename: 'EditMessagePayload', message: MessageFragment }
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type DeleteMessageMutationVariables = Exact<{
  input: DeleteMessageInput;
}>;


export type DeleteMessageMutation = { deleteMessage:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | { __typename: 'DeleteMessagePayload', message: MessageFragment }
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type AddReactionMutationVariables = Exact<{
  input: ReactionInput;
}>;


export type AddReactionMutation = { addReaction:
    | { __typename: 'AddReactionPayload', message: MessageFragment }
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type RemoveReactionMutationVariables = Exact<{
  input: ReactionInput;
}>;


export type RemoveReactionMutation = { removeReaction:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'RemoveReactionPayload', message: MessageFragment }
   };

export type MarkDeliveredMutationVariables = Exact<{
  input: MarkDeliveredInput;
}>;


export type MarkDeliveredMutation = { markDelivered:
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'MarkDeliveredPayload', receipts: Array<ReceiptFragment> }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type MarkReadMutationVariables = Exact<{
  input: MarkReadInput;
}>;


export type MarkReadMutation = { markRead:
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'MarkReadPayload', receipt: ReceiptFragment, membership: MembershipFragment }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type MarkUnreadMutationVariables = Exact<{
  input: MarkUnreadInput;
}>;


export type MarkUnreadMutation = { markUnread:
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'MarkUnreadPayload', membership: MembershipFragment }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type SetTypingMutationVariables = Exact<{
  input: SetTypingInput;
}>;


export type SetTypingMutation = { setTyping:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'Forbidden' }
      & Failure_Forbidden_Fragment
    )
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
    | { __typename: 'SetTypingPayload', ok: boolean }
   };

export type MessagesQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  aroundSeq?: number | null | undefined;
}>;


export type MessagesQuery = { channel: { messages: { edges: Array<{ node: MessageFragment }>, pageInfo: { hasPreviousPage: boolean, hasNextPage: boolean, startCursor: string | null, endCursor: string | null } } } | null };

export type MessageAddedSubscriptionVariables = Exact<{
  channelId: string;
  afterSeq?: number | null | undefined;
}>;


export type MessageAddedSubscription = { messageAdded: { cursor: string, channelId: string, message: MessageEventFragment } };

export type MessageChangedSubscriptionVariables = Exact<{
  channelId: string;
}>;


export type MessageChangedSubscription = { messageChanged: { cursor: string, channelId: string, message: MessageEventFragment } };

export type ReceiptUpdatedSubscriptionVariables = Exact<{
  channelId: string;
}>;


export type ReceiptUpdatedSubscription = { receiptUpdated: { cursor: string, channelId: string, receipts: Array<ReceiptFragment> } };

export type NotificationFragment = { id: string, version: number, kind: NotificationKind, createdAt: string, readAt: string | null, actor: UserFragment | null, channel: { id: string } | null, message: { id: string, seq: number } | null };

export type NotificationsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  unreadOnly?: boolean | null | undefined;
}>;


export type NotificationsQuery = { viewer: { notifications: { totalCount: number, edges: Array<{ node: NotificationFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type MarkNotificationsReadMutationVariables = Exact<{
  input: MarkNotificationsReadInput;
}>;


export type MarkNotificationsReadMutation = { markNotificationsRead:
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'MarkNotificationsReadPayload', unread: number }
    | (
      { __typename: 'NotFound' }
      & Failure_NotFound_Fragment
    )
   };

export type NotificationAddedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type NotificationAddedSubscription = { notificationAdded: { cursor: string, notification: NotificationFragment } };

export type UpdateProfileMutationVariables = Exact<{
  input: UpdateProfileInput;
}>;


export type UpdateProfileMutation = { updateProfile:
    | (
      { __typename: 'Conflict' }
      & Failure_Conflict_Fragment
    )
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'UpdateProfilePayload', viewer: ViewerFragment }
   };

export type UpdateSettingsMutationVariables = Exact<{
  input: UpdateSettingsInput;
}>;


export type UpdateSettingsMutation = { updateSettings:
    | (
      { __typename: 'InvalidInput' }
      & Failure_InvalidInput_Fragment
    )
    | { __typename: 'UpdateSettingsPayload', viewer: ViewerFragment }
   };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: ViewerFragment | null };

export type UserQueryVariables = Exact<{
  handle: string;
}>;


export type UserQuery = { user: UserHereFragment | null };

export type UsersQueryVariables = Exact<{
  search?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type UsersQuery = { users: { edges: Array<{ node: UserHereFragment }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PresencesQueryVariables = Exact<{
  ids: Array<string> | string;
}>;


export type PresencesQuery = { nodes: Array<
    | { __typename: 'Channel' }
    | { __typename: 'Membership' }
    | { __typename: 'Message' }
    | { __typename: 'Notification' }
    | { __typename: 'Session' }
    | { __typename: 'User', id: string, presence: { status: PresenceStatus, lastActiveAt: string | null } }
   | null> };

export type PresenceChangedSubscriptionVariables = Exact<{
  userIds: Array<string> | string;
}>;


export type PresenceChangedSubscription = { presenceChanged: { cursor: string, user: UserFragment, presence: { status: PresenceStatus, lastActiveAt: string | null } } };

/** The text of an operation. What it answers, and what it asks for, is known by its type alone. */
export type Document<Answer, Variables> = string & { readonly __types?: (variables: Variables) => Answer }

const fragmentFailure = 'fragment Failure on Error{code reason ...on InvalidInput{issues{path reason}}...on RateLimited{retryAfterMs}}'
const fragmentUser = 'fragment User on User{id version handle displayName avatarUrl bio}'
const fragmentUserHere = 'fragment UserHere on User{...User presence{status lastActiveAt}}'
const fragmentViewer = 'fragment Viewer on Viewer{version user{...User}email emailVerified phone role settings{readReceipts emailNotifications pushNotifications quietHours{from to}timeZone}}'
const fragmentMessageBody = 'fragment MessageBody on Message{id seq version kind text clientId createdAt editedAt deletedAt sender{...User}mentions{id}replyTo{id seq version text sender{...User}}}'
const fragmentMessage = 'fragment Message on Message{...MessageBody reactions{emoji count viewerReacted}}'
const fragmentMessageEvent = 'fragment MessageEvent on Message{...MessageBody reactions{emoji count users(first:100){id}}}'
const fragmentReceipt = 'fragment Receipt on Receipt{channelId user{id}deliveredSeq deliveredAt readSeq readAt}'
const fragmentMembership = 'fragment Membership on Membership{version user{...User}role joinedAt notificationLevel mutedUntil unreadFrom unread{messages mentions firstUnreadSeq afterSeq upToSeq}receipt{...Receipt}}'
const fragmentChannel = 'fragment Channel on Channel{id version kind name topic createdAt archivedAt}'
const fragmentChannelState = 'fragment ChannelState on Channel{...Channel memberCount lastSeq peer{...UserHere}membership{...Membership}lastMessage{...Message}}'
const fragmentNotification = 'fragment Notification on Notification{id version kind createdAt readAt actor{...User}channel{id}message{id seq}}'

export const queries = {
  channel: ('query Channel($id:ID!){channel(id:$id){...ChannelState}}' + fragmentChannel + fragmentChannelState + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<ChannelQuery, ChannelQueryVariables>,
  channels: ('query Channels($first:Int=50$after:String$kinds:[ChannelKind!]$unreadOnly:Boolean$archived:Boolean){viewer{channels(first:$first after:$after kinds:$kinds unreadOnly:$unreadOnly archived:$archived){edges{node{...ChannelState}}pageInfo{hasNextPage endCursor}}}}' + fragmentChannel + fragmentChannelState + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<ChannelsQuery, ChannelsQueryVariables>,
  deadLetters: ('query DeadLetters($first:Int=50$after:String){deadLetters(first:$first after:$after){edges{node{id to subject priority tries lastError createdAt at}}pageInfo{hasNextPage endCursor}}}') as Document<DeadLettersQuery, DeadLettersQueryVariables>,
  members: ('query Members($id:ID!$first:Int=100$after:String){channel(id:$id){memberCount members(first:$first after:$after){edges{node{version user{...UserHere}role joinedAt receipt{...Receipt}}}pageInfo{hasNextPage endCursor}}}}' + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<MembersQuery, MembersQueryVariables>,
  messages: ('query Messages($id:ID!$first:Int$last:Int$before:String$aroundSeq:Int){channel(id:$id){messages(first:$first last:$last before:$before aroundSeq:$aroundSeq){edges{node{...Message}}pageInfo{hasPreviousPage hasNextPage startCursor endCursor}}}}' + fragmentMessage + fragmentMessageBody + fragmentUser) as Document<MessagesQuery, MessagesQueryVariables>,
  notifications: ('query Notifications($first:Int=50$after:String$unreadOnly:Boolean){viewer{notifications(first:$first after:$after unreadOnly:$unreadOnly){totalCount edges{node{...Notification}}pageInfo{hasNextPage endCursor}}}}' + fragmentNotification + fragmentUser) as Document<NotificationsQuery, NotificationsQueryVariables>,
  presences: ('query Presences($ids:[ID!]!){nodes(ids:$ids){__typename ...on User{id presence{status lastActiveAt}}}}') as Document<PresencesQuery, PresencesQueryVariables>,
  publicChannels: ('query PublicChannels($search:String$first:Int=50$after:String){publicChannels(search:$search first:$first after:$after){edges{node{...ChannelState}}pageInfo{hasNextPage endCursor}}}' + fragmentChannel + fragmentChannelState + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<PublicChannelsQuery, PublicChannelsQueryVariables>,
  sessions: ('query Sessions{viewer{sessions{id current createdAt lastUsedAt expiresAt userAgent ipAddress}}}') as Document<SessionsQuery, SessionsQueryVariables>,
  snapshot: ('query Snapshot($first:Int!$after:String){viewer{cursor ...Viewer notifications(first:30){totalCount edges{node{...Notification}}pageInfo{hasNextPage endCursor}}channels(first:$first after:$after){edges{node{...ChannelState}}pageInfo{hasNextPage endCursor}}}}' + fragmentChannel + fragmentChannelState + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentNotification + fragmentReceipt + fragmentUser + fragmentUserHere + fragmentViewer) as Document<SnapshotQuery, SnapshotQueryVariables>,
  user: ('query User($handle:String!){user(handle:$handle){...UserHere}}' + fragmentUser + fragmentUserHere) as Document<UserQuery, UserQueryVariables>,
  users: ('query Users($search:String$first:Int=50$after:String){users(search:$search first:$first after:$after){edges{node{...UserHere}}pageInfo{hasNextPage endCursor}}}' + fragmentUser + fragmentUserHere) as Document<UsersQuery, UsersQueryVariables>,
  viewer: ('query Viewer{viewer{...Viewer}}' + fragmentUser + fragmentViewer) as Document<ViewerQuery, ViewerQueryVariables>,
}

export const mutations = {
  addMembers: ('mutation AddMembers($input:AddMembersInput!){addMembers(input:$input){__typename ...on AddMembersPayload{memberships{...Membership}}...Failure}}' + fragmentFailure + fragmentMembership + fragmentReceipt + fragmentUser) as Document<AddMembersMutation, AddMembersMutationVariables>,
  addReaction: ('mutation AddReaction($input:ReactionInput!){addReaction(input:$input){__typename ...on AddReactionPayload{message{...Message}}...Failure}}' + fragmentFailure + fragmentMessage + fragmentMessageBody + fragmentUser) as Document<AddReactionMutation, AddReactionMutationVariables>,
  archiveChannel: ('mutation ArchiveChannel($input:ArchiveChannelInput!){archiveChannel(input:$input){__typename ...on ArchiveChannelPayload{channel{...Channel}}...Failure}}' + fragmentChannel + fragmentFailure) as Document<ArchiveChannelMutation, ArchiveChannelMutationVariables>,
  changePassword: ('mutation ChangePassword($input:ChangePasswordInput!){changePassword(input:$input){__typename ...on ChangePasswordPayload{ok}...Failure}}' + fragmentFailure) as Document<ChangePasswordMutation, ChangePasswordMutationVariables>,
  createChannel: ('mutation CreateChannel($input:CreateChannelInput!){createChannel(input:$input){__typename ...on CreateChannelPayload{channel{...ChannelState}}...Failure}}' + fragmentChannel + fragmentChannelState + fragmentFailure + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<CreateChannelMutation, CreateChannelMutationVariables>,
  deleteAccount: ('mutation DeleteAccount($input:DeleteAccountInput!){deleteAccount(input:$input){__typename ...on DeleteAccountPayload{ok}...Failure}}' + fragmentFailure) as Document<DeleteAccountMutation, DeleteAccountMutationVariables>,
  deleteChannel: ('mutation DeleteChannel($input:DeleteChannelInput!){deleteChannel(input:$input){__typename ...on DeleteChannelPayload{channelId}...Failure}}' + fragmentFailure) as Document<DeleteChannelMutation, DeleteChannelMutationVariables>,
  deleteMessage: ('mutation DeleteMessage($input:DeleteMessageInput!){deleteMessage(input:$input){__typename ...on DeleteMessagePayload{message{...Message}}...Failure}}' + fragmentFailure + fragmentMessage + fragmentMessageBody + fragmentUser) as Document<DeleteMessageMutation, DeleteMessageMutationVariables>,
  editMessage: ('mutation EditMessage($input:EditMessageInput!){editMessage(input:$input){__typename ...on EditMessagePayload{message{...Message}}...Failure}}' + fragmentFailure + fragmentMessage + fragmentMessageBody + fragmentUser) as Document<EditMessageMutation, EditMessageMutationVariables>,
  invitePerson: ('mutation InvitePerson($input:InvitePersonInput!){invitePerson(input:$input){__typename ...on InvitePersonPayload{user{...User}}...Failure}}' + fragmentFailure + fragmentUser) as Document<InvitePersonMutation, InvitePersonMutationVariables>,
  joinChannel: ('mutation JoinChannel($input:JoinChannelInput!){joinChannel(input:$input){__typename ...on JoinChannelPayload{membership{...Membership channel{...ChannelState}}}...Failure}}' + fragmentChannel + fragmentChannelState + fragmentFailure + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<JoinChannelMutation, JoinChannelMutationVariables>,
  leaveChannel: ('mutation LeaveChannel($input:LeaveChannelInput!){leaveChannel(input:$input){__typename ...on LeaveChannelPayload{channelId}...Failure}}' + fragmentFailure) as Document<LeaveChannelMutation, LeaveChannelMutationVariables>,
  markDelivered: ('mutation MarkDelivered($input:MarkDeliveredInput!){markDelivered(input:$input){__typename ...on MarkDeliveredPayload{receipts{...Receipt}}...Failure}}' + fragmentFailure + fragmentReceipt) as Document<MarkDeliveredMutation, MarkDeliveredMutationVariables>,
  markNotificationsRead: ('mutation MarkNotificationsRead($input:MarkNotificationsReadInput!){markNotificationsRead(input:$input){__typename ...on MarkNotificationsReadPayload{unread}...Failure}}' + fragmentFailure) as Document<MarkNotificationsReadMutation, MarkNotificationsReadMutationVariables>,
  markRead: ('mutation MarkRead($input:MarkReadInput!){markRead(input:$input){__typename ...on MarkReadPayload{receipt{...Receipt}membership{...Membership}}...Failure}}' + fragmentFailure + fragmentMembership + fragmentReceipt + fragmentUser) as Document<MarkReadMutation, MarkReadMutationVariables>,
  markUnread: ('mutation MarkUnread($input:MarkUnreadInput!){markUnread(input:$input){__typename ...on MarkUnreadPayload{membership{...Membership}}...Failure}}' + fragmentFailure + fragmentMembership + fragmentReceipt + fragmentUser) as Document<MarkUnreadMutation, MarkUnreadMutationVariables>,
  openDirectChannel: ('mutation OpenDirectChannel($input:OpenDirectChannelInput!){openDirectChannel(input:$input){__typename ...on OpenDirectChannelPayload{created channel{...ChannelState}}...Failure}}' + fragmentChannel + fragmentChannelState + fragmentFailure + fragmentMembership + fragmentMessage + fragmentMessageBody + fragmentReceipt + fragmentUser + fragmentUserHere) as Document<OpenDirectChannelMutation, OpenDirectChannelMutationVariables>,
  removeMember: ('mutation RemoveMember($input:RemoveMemberInput!){removeMember(input:$input){__typename ...on RemoveMemberPayload{channelId userId}...Failure}}' + fragmentFailure) as Document<RemoveMemberMutation, RemoveMemberMutationVariables>,
  removeReaction: ('mutation RemoveReaction($input:ReactionInput!){removeReaction(input:$input){__typename ...on RemoveReactionPayload{message{...Message}}...Failure}}' + fragmentFailure + fragmentMessage + fragmentMessageBody + fragmentUser) as Document<RemoveReactionMutation, RemoveReactionMutationVariables>,
  requestPasswordReset: ('mutation RequestPasswordReset($input:RequestPasswordResetInput!){requestPasswordReset(input:$input){__typename ...on RequestPasswordResetPayload{ok}...Failure}}' + fragmentFailure) as Document<RequestPasswordResetMutation, RequestPasswordResetMutationVariables>,
  requestSignInCode: ('mutation RequestSignInCode($input:RequestSignInCodeInput!){requestSignInCode(input:$input){__typename ...on RequestSignInCodePayload{retryAfterMs}...Failure}}' + fragmentFailure) as Document<RequestSignInCodeMutation, RequestSignInCodeMutationVariables>,
  resetPassword: ('mutation ResetPassword($input:ResetPasswordInput!){resetPassword(input:$input){__typename ...on ResetPasswordPayload{token expiresAt viewer{...Viewer}}...Failure}}' + fragmentFailure + fragmentUser + fragmentViewer) as Document<ResetPasswordMutation, ResetPasswordMutationVariables>,
  retryDeadLetter: ('mutation RetryDeadLetter($input:RetryDeadLetterInput!){retryDeadLetter(input:$input){__typename ...on RetryDeadLetterPayload{id}...Failure}}' + fragmentFailure) as Document<RetryDeadLetterMutation, RetryDeadLetterMutationVariables>,
  revokeOtherSessions: ('mutation RevokeOtherSessions{revokeOtherSessions{__typename ...on RevokeOtherSessionsPayload{revoked}...Failure}}' + fragmentFailure) as Document<RevokeOtherSessionsMutation, RevokeOtherSessionsMutationVariables>,
  revokeSession: ('mutation RevokeSession($input:RevokeSessionInput!){revokeSession(input:$input){__typename ...on RevokeSessionPayload{sessionId}...Failure}}' + fragmentFailure) as Document<RevokeSessionMutation, RevokeSessionMutationVariables>,
  sendMessage: ('mutation SendMessage($input:SendMessageInput!){sendMessage(input:$input){__typename ...on SendMessagePayload{replayed message{...Message}}...Failure}}' + fragmentFailure + fragmentMessage + fragmentMessageBody + fragmentUser) as Document<SendMessageMutation, SendMessageMutationVariables>,
  setMemberRole: ('mutation SetMemberRole($input:SetMemberRoleInput!){setMemberRole(input:$input){__typename ...on SetMemberRolePayload{membership{...Membership}}...Failure}}' + fragmentFailure + fragmentMembership + fragmentReceipt + fragmentUser) as Document<SetMemberRoleMutation, SetMemberRoleMutationVariables>,
  setTyping: ('mutation SetTyping($input:SetTypingInput!){setTyping(input:$input){__typename ...on SetTypingPayload{ok}...Failure}}' + fragmentFailure) as Document<SetTypingMutation, SetTypingMutationVariables>,
  signIn: ('mutation SignIn($input:SignInInput!){signIn(input:$input){__typename ...on SignInPayload{token expiresAt viewer{...Viewer}}...Failure}}' + fragmentFailure + fragmentUser + fragmentViewer) as Document<SignInMutation, SignInMutationVariables>,
  signInWithCode: ('mutation SignInWithCode($input:SignInWithCodeInput!){signInWithCode(input:$input){__typename ...on SignInWithCodePayload{token expiresAt created viewer{...Viewer}}...Failure}}' + fragmentFailure + fragmentUser + fragmentViewer) as Document<SignInWithCodeMutation, SignInWithCodeMutationVariables>,
  signOut: ('mutation SignOut{signOut{__typename ...on SignOutPayload{ok}...Failure}}' + fragmentFailure) as Document<SignOutMutation, SignOutMutationVariables>,
  signUp: ('mutation SignUp($input:SignUpInput!){signUp(input:$input){__typename ...on SignUpPayload{token expiresAt viewer{...Viewer}}...Failure}}' + fragmentFailure + fragmentUser + fragmentViewer) as Document<SignUpMutation, SignUpMutationVariables>,
  updateChannel: ('mutation UpdateChannel($input:UpdateChannelInput!){updateChannel(input:$input){__typename ...on UpdateChannelPayload{channel{...Channel}}...Failure}}' + fragmentChannel + fragmentFailure) as Document<UpdateChannelMutation, UpdateChannelMutationVariables>,
  updateMembership: ('mutation UpdateMembership($input:UpdateMembershipInput!){updateMembership(input:$input){__typename ...on UpdateMembershipPayload{membership{...Membership}}...Failure}}' + fragmentFailure + fragmentMembership + fragmentReceipt + fragmentUser) as Document<UpdateMembershipMutation, UpdateMembershipMutationVariables>,
  updateProfile: ('mutation UpdateProfile($input:UpdateProfileInput!){updateProfile(input:$input){__typename ...on UpdateProfilePayload{viewer{...Viewer}}...Failure}}' + fragmentFailure + fragmentUser + fragmentViewer) as Document<UpdateProfileMutation, UpdateProfileMutationVariables>,
  updateSettings: ('mutation UpdateSettings($input:UpdateSettingsInput!){updateSettings(input:$input){__typename ...on UpdateSettingsPayload{viewer{...Viewer}}...Failure}}' + fragmentFailure + fragmentUser + fragmentViewer) as Document<UpdateSettingsMutation, UpdateSettingsMutationVariables>,
  verifyEmail: ('mutation VerifyEmail($input:VerifyEmailInput!){verifyEmail(input:$input){__typename ...on VerifyEmailPayload{viewer{email emailVerified}}...Failure}}' + fragmentFailure) as Document<VerifyEmailMutation, VerifyEmailMutationVariables>,
}

export const subscriptions = {
  inboxEvents: ('subscription InboxEvents($after:StreamCursor$ephemeral:Boolean=true){inboxEvents(after:$after ephemeral:$ephemeral){__typename cursor ...on StreamReady{replayed}...on ResyncRequired{reason}...on MessageAdded{channelId message{...MessageEvent}}...on MessageChanged{channelId message{...MessageEvent}}...on ReceiptUpdated{channelId receipts{...Receipt}}...on MembershipChanged{channelId membership{...Membership}}...on MemberLeft{channelId userId version}...on AccessRevoked{channelId version}...on ChannelChanged{channelId channel{...Channel}}...on UserChanged{user{...User}}...on UserDeleted{userId}...on ViewerChanged{viewer{...Viewer}}...on NotificationAdded{notification{...Notification}}...on NotificationChanged{notification{...Notification}}...on TypingChanged{channelId user{...User}typing}...on PresenceChanged{user{...User}presence{status lastActiveAt}}}}' + fragmentChannel + fragmentMembership + fragmentMessageBody + fragmentMessageEvent + fragmentNotification + fragmentReceipt + fragmentUser + fragmentViewer) as Document<InboxEventsSubscription, InboxEventsSubscriptionVariables>,
  messageAdded: ('subscription MessageAdded($channelId:ID!$afterSeq:Int){messageAdded(channelId:$channelId afterSeq:$afterSeq){cursor channelId message{...MessageEvent}}}' + fragmentMessageBody + fragmentMessageEvent + fragmentUser) as Document<MessageAddedSubscription, MessageAddedSubscriptionVariables>,
  messageChanged: ('subscription MessageChanged($channelId:ID!){messageChanged(channelId:$channelId){cursor channelId message{...MessageEvent}}}' + fragmentMessageBody + fragmentMessageEvent + fragmentUser) as Document<MessageChangedSubscription, MessageChangedSubscriptionVariables>,
  notificationAdded: ('subscription NotificationAdded{notificationAdded{cursor notification{...Notification}}}' + fragmentNotification + fragmentUser) as Document<NotificationAddedSubscription, NotificationAddedSubscriptionVariables>,
  presenceChanged: ('subscription PresenceChanged($userIds:[ID!]!){presenceChanged(userIds:$userIds){cursor user{...User}presence{status lastActiveAt}}}' + fragmentUser) as Document<PresenceChangedSubscription, PresenceChangedSubscriptionVariables>,
  receiptUpdated: ('subscription ReceiptUpdated($channelId:ID!){receiptUpdated(channelId:$channelId){cursor channelId receipts{...Receipt}}}' + fragmentReceipt) as Document<ReceiptUpdatedSubscription, ReceiptUpdatedSubscriptionVariables>,
  typingChanged: ('subscription TypingChanged($channelId:ID!){typingChanged(channelId:$channelId){cursor channelId user{...User}typing}}' + fragmentUser) as Document<TypingChangedSubscription, TypingChangedSubscriptionVariables>,
}
