/** A deep copy that cannot be changed, with prototypes, dates and bytes as they were. */
export function frozenCopy<T>(value: T, copies: Map<object, unknown> = new Map()): T {
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known !== undefined) return known as T
  if (value instanceof Date) return new Date(value) as T
  if (ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set) return structuredClone(value)
  const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
  copies.set(value, copy)
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (Array.isArray(value) && name === 'length') continue
    Object.defineProperty(
      copy,
      name,
      'value' in property ? { ...property, value: frozenCopy(property.value, copies) } : property,
    )
  }
  return Object.freeze(copy) as T
}

/** Runs `work` while clock, randomness and network throw: what is pure does not notice. */
export function withoutWorld<T>(work: () => T): T {
  const { Date: RealDate, performance: realPerformance, fetch: realFetch } = globalThis
  const realRandom = Math.random
  const asked = (what: string) => (): never => {
    throw new Error(`asks for ${what}`)
  }
  const noTime = asked('the time')
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => (args.length === 0 ? noTime() : Reflect.construct(target, args)),
    apply: noTime,
    get: (target, name) => (name === 'now' ? noTime : Reflect.get(target, name)),
  })
  globalThis.performance = { now: noTime } as unknown as Performance
  globalThis.fetch = asked('the network')
  Math.random = asked('a random number')
  try {
    return work()
  } finally {
    globalThis.Date = RealDate
    globalThis.performance = realPerformance
    globalThis.fetch = realFetch
    Math.random = realRandom
  }
}

/** Where in the value something stands that JSON would lose or change; undefined: it survives. Absent and undefined fields are the same. */
export function notJson(value: unknown, path: string, above: readonly unknown[] = []): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`
  if (typeof value !== 'object') return `${path} is of type ${typeof value}`
  if (above.includes(value)) return `${path} is a cycle`
  const below = [...above, value]
  if (Array.isArray(value)) return first(value.map((item, index) => notJson(item, `${path}[${index}]`, below)))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `${path} is a ${value.constructor.name}`
  return first(
    Object.entries(value).map(([name, item]) =>
      item === undefined ? undefined : notJson(item, `${path}.${name}`, below),
    ),
  )
}

const first = (all: readonly (string | undefined)[]): string | undefined => all.find((one) => one !== undefined)
