import { createBusMemory } from '../../src/adapters/bus-memory.ts'
import type { Bus } from '../../src/ports/bus.ts'
import { keptLog } from '../support/log.ts'
import { busContract } from './contracts/bus.ts'

let only: Bus | undefined
busContract('bus-memory', () => {
  if (!only?.healthy()) only = createBusMemory({ log: keptLog() })
  return only
})
