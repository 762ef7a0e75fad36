// `openstack project cleanup`, from the bed's own Python environment, which pins it.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cloudsYaml, ensureEnvironment } from '@cleardown/testbed-openstack'
import type { Task } from './tool.ts'

export async function projectCleanup({ bed, client, madeUntil, folder }: Task): Promise<number> {
  const { project } = client.account
  const file = join(folder, 'clouds.yaml')
  await writeFile(file, cloudsYaml(bed.authUrl, [project]))
  const gate = madeUntil ? ['--created-before', madeUntil.toISOString().slice(0, 19)] : []
  const args = ['project', 'cleanup', '--auth-project', '--auto-approve', ...gate]
  return openstackClient(folder, args, { OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: project })
}

/** Its exit code; what it says is in the folder, in the order of the runs. */
async function openstackClient(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { python } = await ensureEnvironment()
  const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 64 * 1_024 * 1_024 }
  const { code, said } = await new Promise<{ code: number; said: string }>((resolve, reject) => {
    execFile(python, ['-m', 'openstackclient.shell', ...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr })
    })
  })
  await writeFile(join(folder, 'project-cleanup.log'), said, { flag: 'a' })
  return code
}
