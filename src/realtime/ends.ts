import { Forbidden, ServiceUnavailable } from '../kernel/errors.ts'

// Why a stream ends before its listener ends it.

export const tooMuch = () => new ServiceUnavailable('More happened at once than could be told. Subscribe again, from where you are.')
export const noLonger = () => new Forbidden('You are not in this channel any more, or it was deleted.')
