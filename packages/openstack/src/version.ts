/** The version of this package, as plans name it. */
export const version = '0.0.0'
