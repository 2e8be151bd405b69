import { gql } from '@urql/core'

export type Message = { id: string; version: number; seq: number; text: string | null; sender: { handle: string } | null }

export const messageFields = gql`
  fragment MessageFields on Message {
    id
    version
    seq
    text
    sender {
      id
      handle
    }
  }
`
