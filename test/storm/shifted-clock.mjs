// Loaded into a server beside its own program: its clock is as many seconds ahead as CLOCK_AHEAD_SECONDS says.
const aheadInMs = Number(process.env.CLOCK_AHEAD_SECONDS) * 1000
const now = Date.now

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now() + aheadInMs] : args, newTarget),
  get: (target, name) => (name === 'now' ? () => now() + aheadInMs : Reflect.get(target, name)),
})
