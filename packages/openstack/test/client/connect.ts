import { authenticate, type Connected } from '../../src/authenticate.ts'
import { type CloudOptions, resolveCloud } from '../../src/cloud-config.ts'
import { type Asked, isLogin, type Played, play, type Reply, row, tokenReply, wayOf } from './play.ts'

/** A cloud of every service on one server, each under its own path; `answer` plays them. Tokens are `t1`, `t2`, …. */
export async function connect(
  answer: (asked: Asked, url: string) => Reply | undefined | Promise<Reply | undefined>,
  options: CloudOptions & {
    readonly catalogue?: (url: string) => readonly object[]
    readonly place?: string
    readonly files?: Readonly<Record<string, string>>
  } = {},
): Promise<{ readonly connected: Connected; readonly played: Played; readonly way: ReturnType<typeof wayOf> }> {
  const { catalogue = everything, place, files = {}, ...cloud } = options
  let logins = 0
  const played = await play(async (asked, url) => {
    const own = await answer(asked, url)
    if (own) return own
    return isLogin(asked) ? tokenReply(`t${++logins}`, { catalog: catalogue(url) }) : undefined
  })
  const way = wayOf(place)
  const auth = { auth_url: played.url, username: 'ci', password: 'secret', project_id: 'p1', ...cloud.auth }
  const resolved = resolveCloud(
    { ...cloud, auth },
    { variables: {}, cwd: '/', home: '/', platform: 'linux', read: (path) => files[path] },
  )
  return { connected: await authenticate(resolved, way), played, way }
}

const everything = (url: string): readonly object[] => [
  row('identity', `${url}/identity`),
  row('compute', `${url}/compute/v2.1`),
  row('network', `${url}/network/v2.0`),
  row('image', `${url}/image/v2`),
  row('volumev3', `${url}/volume/v3/p1`),
  row('load-balancer', `${url}/lb/v2`),
  row('orchestration', `${url}/heat/v1/p1`),
  row('dns', `${url}/dns/v2`),
  row('object-store', `${url}/swift/v1/AUTH_p1`),
  row('sharev2', `${url}/manila/v2/p1`),
  row('placement', `${url}/placement`),
]

export const collect = <T>(rows: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(rows)

/** The error that was thrown; a promise that keeps its word fails the test. */
export async function errorOf<E extends Error>(
  work: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof type) return error
  throw error
}
