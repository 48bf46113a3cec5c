/** One step through web pages: a page that is opened, or a form that is sent. */
export interface PageRequest {
  readonly url: URL;
  /** Sent by POST where it is there. */
  readonly form?: URLSearchParams | undefined;
}

/** What came back. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  /** Where the server points to. */
  readonly redirect: URL | undefined;
  readonly text: string;
}

/** Opens web pages one by one, with the cookies of the connection; follows nothing by itself. */
export interface PageBrowser {
  /** The server's normalised address. */
  readonly url: string;
  openPage(request: PageRequest): Promise<Page>;
  /** Makes the browser one that was never here: a server that still knows it would not let it log in anew. */
  forgetCookies(): void;
}
