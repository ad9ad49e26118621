/** Who is signed in: a name, nobody, or not yet known. */
export type User = string | null | undefined

export interface SessionListener {
  readonly onChange: (user: User) => void
  readonly onProblem: (error: unknown) => void
}

/**
 * The one place that knows who is signed in. Only the newest question counts: an answer to an older one, such as who was
 * signed in when the page was loaded, never overrides what the person did meanwhile.
 */
export class Session {
  readonly #listener: SessionListener
  #user: User
  #questions = 0

  constructor(listener: SessionListener) {
    this.#listener = listener
  }

  get user(): User {
    return this.#user
  }

  /** Becomes what the answer says, unless something newer was asked or said by then. */
  async ask(answer: Promise<User>): Promise<void> {
    this.#questions += 1
    const question = this.#questions
    try {
      const user = await answer
      if (question === this.#questions) this.#become(user)
    } catch (error) {
      if (question === this.#questions) this.#listener.onProblem(error)
    }
  }

  /** Nobody is signed in any more, as some other answer has told. */
  end(): void {
    this.#questions += 1
    this.#become(null)
  }

  #become(user: User): void {
    this.#user = user
    this.#listener.onChange(user)
  }
}
