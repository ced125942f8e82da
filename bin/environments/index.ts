import dev from './dev.ts';
import prod from './prod.ts';
import staging from './staging.ts';

/** Every environment by its name; another one is another file and a line here. */
export const ENVIRONMENTS = { dev, staging, prod };
