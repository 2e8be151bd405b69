import type { Scenario } from './scenario.ts'
import { databaseScenarios } from './scenarios/database.ts'
import { nodeScenarios } from './scenarios/nodes.ts'
import { peopleScenarios } from './scenarios/people.ts'
import { redisScenarios } from './scenarios/redis.ts'

export const scenarios: readonly Scenario[] = [...nodeScenarios, ...redisScenarios, ...databaseScenarios, ...peopleScenarios]
