/** Who asks for something while it is on its way gets the answer that comes; one question is sent for all. */
export interface Sharing<T> {
  /** If the one who asked first was stopped, and we were not, we ask for ourselves. */
  ask(name: string, signal: AbortSignal, make: () => Promise<T>): Promise<T>
  /** Nobody who asks from now on gets an answer to a question that was asked before. */
  forget(): void
}

/** `keep`: an answer stays once it has come; a failure never does. */
export function createSharing<T>(keep: boolean): Sharing<T> {
  const known = new Map<string, { readonly answer: Promise<T>; readonly signal: AbortSignal }>()
  return {
    async ask(name, signal, make) {
      for (let other = known.get(name); other; other = known.get(name))
        try {
          return await other.answer
        } catch (error) {
          if (!other.signal.aborted || signal.aborted) throw error
          if (known.get(name) === other) known.delete(name)
        }

      const own = { answer: make(), signal }
      known.set(name, own)
      const drop = (): void => {
        if (known.get(name) === own) known.delete(name)
      }
      try {
        const answer = await own.answer
        if (!keep) drop()
        return answer
      } catch (error) {
        drop()
        throw error
      }
    },
    forget: () => known.clear(),
  }
}
