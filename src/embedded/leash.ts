import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Ties a process to this one: when this one ends without a word, kill -9 included, the other is asked to stop. A shell waits for
 * the end of its standard input, which the operating system closes with us. (pdeathsig is Linux's alone, and fires when the
 * thread ends that started the process.) Returns how to let go.
 */
export function leash(pid: number): () => void {
  const shell = spawn('/bin/sh', ['-c', 'trap "" HUP INT TERM; read -r _; kill -INT "$0"', `${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: {},
  })
  // Without a shell, what we leave behind is found at the next start.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  ;(shell.stdin as Socket).unref()
  return () => shell.kill('SIGKILL')
}
