// Nothing: a browser test finds an extension by its worker.
export {}
