/** What happened is not what the model says must happen. */
export class ModelMismatch extends Error {
  override readonly name = 'ModelMismatch';
}
