/** Options that every call takes. */
export interface RequestOptions {
  /** Ends the call with its reason. */
  readonly signal?: AbortSignal | undefined;
}
