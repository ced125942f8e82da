/** Any function, as one that stands between it and its callers sees it. */
export type AnyFunction = (...args: unknown[]) => unknown;

/** Puts `make(original)` in the place of a function; it keeps what else hangs on it, and its `this`. */
export function replaceFunction(
  target: object,
  name: string,
  make: (original: AnyFunction) => AnyFunction,
): void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== 'function') throw new Error(`there is no function ${name}`);
  const replacement = make((...args) => Reflect.apply(original, target, args));
  const {
    name: _,
    length: __,
    prototype: ___,
    ...rest
  } = Object.getOwnPropertyDescriptors(original);
  Object.defineProperties(replacement, rest);
  Reflect.defineProperty(target, name, {
    value: replacement,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
