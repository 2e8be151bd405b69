import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

// What a container engine does to the network, by the same means of Linux: a bridge, and a pair of ends for each container.

const sh = (command: string) => execFileSync('sh', ['-ec', command], { stdio: ['ignore', 'ignore', 'inherit'] })

export type Network = {
  /** The address of the n-th container. */
  address(n: number): string
  /** Joins the namespace of a process as the n-th. */
  join(pid: number, n: number): void
}

/** `subnet` as 172.17.0.0/16: the bridge is .1, containers come from .2 on. */
export function createNetwork(name: string, subnet: string): Network {
  const [base = '', bits = ''] = subnet.split('/')
  const at = (last: number) => base.replace(/\d+$/, String(last))
  // It may be there from the container before.
  const make = `ip link add ${name} type bridge; ip addr add ${at(1)}/${bits} dev ${name}; ip link set ${name} up`
  sh(`ip link show ${name} >/dev/null 2>&1 || { ${make}; }`)
  const address = (n: number) => at(n + 2)
  return {
    address,
    join(pid, n) {
      const end = `${name}-${n}`
      sh(`ip link add ${end} type veth peer name eth0 netns ${pid}; ip link set ${end} master ${name} up`)
      const inside = `ip link set lo up; ip addr add ${address(n)}/${bits} dev eth0; ip link set eth0 up; ip route add default via ${at(1)}`
      sh(`nsenter --target ${pid} --net sh -ec '${inside}'`)
    },
  }
}

/** Whoever comes to `port` here is led to a port of a container. */
export async function publish(port: number, to: { host: string; port: number }): Promise<void> {
  const server = createServer((near) => {
    const far = connect(to)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one
        .on('error', () => other.destroy())
        .on('close', () => other.destroy())
        .pipe(other)
  }).listen(port)
  await once(server, 'listening')
}
