import type { Locator, Page } from 'playwright-core'

/** A notebook open in JupyterLab, used as a person uses it: by its buttons, menus and keys. */
export class NotebookPage {
  /** Its cells, of code and of words. */
  readonly cells: Locator
  /** Its cells of code. */
  readonly code: Locator

  constructor(readonly page: Page) {
    this.cells = page.locator('.jp-Notebook .jp-Cell')
    this.code = page.locator('.jp-Notebook .jp-CodeCell')
  }

  /** Opens it and waits for its kernel. */
  async open(url: string): Promise<void> {
    await this.page.goto(url)
    await this.cells.first().waitFor()
    // Before that, running a cell asks which kernel to take.
    await this.page.locator('#jp-main-statusbar', { hasText: 'TypeScript | Idle' }).waitFor()
  }

  /** The cell of code whose text contains the words. */
  codeWith(words: string): Locator {
    return this.code.filter({ hasText: words }).first()
  }

  /** Run → Run All Cells. */
  async runAll(): Promise<void> {
    await this.page.locator('.lm-MenuBar-itemLabel', { hasText: /^Run$/ }).click()
    await this.page.locator('.lm-Menu-itemLabel', { hasText: /^Run All Cells$/ }).click()
  }

  /** The stop button. */
  async stop(): Promise<void> {
    await this.page.locator('[data-command="notebook:interrupt-kernel"]').first().click()
  }

  /** The button that restarts the kernel and runs all cells, and the question it asks. */
  async restartAndRunAll(): Promise<void> {
    await this.page.locator('[data-command="notebook:restart-run-all"]').first().click()
    await this.page.locator('.jp-Dialog button.jp-mod-warn').click()
    await this.page.locator('.jp-Dialog').waitFor({ state: 'detached' })
  }

  /** `[4]:`, `[*]:` or `[ ]:` of a cell. */
  async prompt(cell: Locator): Promise<string> {
    return (await cell.locator('.jp-InputPrompt').first().textContent()) ?? ''
  }

  /** Waits until a cell has run, however it ended; cells out of sight are there, but not visible. */
  async ran(cell: Locator): Promise<void> {
    await cell
      .locator('.jp-InputPrompt', { hasText: /^\[\d+\]:$/ })
      .waitFor({ state: 'attached', timeout: 600_000 })
  }

  /** All the text below a cell. */
  async output(cell: Locator): Promise<string> {
    return (await cell.locator('.jp-OutputArea-output').allTextContents()).join('\n')
  }

  /** Puts a new cell below another, with this text. */
  async insertBelow(cell: Locator, text: string): Promise<Locator> {
    await cell.locator('.jp-InputPrompt').first().click()
    await this.page.keyboard.press('Escape')
    await this.page.keyboard.press('b')
    await this.page.keyboard.press('Enter')
    await this.page.keyboard.insertText(text)
    return this.codeWith(text.split('\n')[0])
  }

  /** Replaces the text of a cell of code. */
  async rewrite(cell: Locator, text: string): Promise<void> {
    await cell.locator('.cm-content').click()
    await this.page.keyboard.press('Control+a')
    await this.page.keyboard.insertText(text)
  }

  /** Runs the cell where the cursor is. */
  async runHere(): Promise<void> {
    await this.page.keyboard.press('Control+Enter')
  }

  /** Deletes a cell. */
  async remove(cell: Locator): Promise<void> {
    await cell.locator('.jp-InputPrompt').first().click()
    await this.page.keyboard.press('Escape')
    await this.page.keyboard.press('d')
    await this.page.keyboard.press('d')
  }

  /** Puts the cursor into a word of a cell's text, one that is coloured as such. */
  async putCursorIn(cell: Locator, word: string): Promise<void> {
    await cell
      .locator('.cm-line span', { hasText: new RegExp(`^${word}$`) })
      .first()
      .click()
  }
}
