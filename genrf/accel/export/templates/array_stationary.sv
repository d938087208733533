// The array for weight or input stationary work. Words of ROWS operands enter; COLUMNS sums leave for each streamed word.
// A kept word fills one column, word c of a tile column c; both words are skewed so that row r sees lane r after r cycles.
// Latency from a streamed word to its aligned sums: ROWS + COLUMNS - 1 clock cycles.
module array_stationary #(
    parameter ROWS = 4,
    parameter COLUMNS = 4,
    parameter KEPT = 8,
    parameter STREAMED = 9,
    parameter SUM = 24
) (
    input  wire                     clk,
    input  wire                     reset,
    input  wire                     load,       // a kept word is there
    input  wire                     load_first, // and belongs to column 0
    input  wire [ROWS*KEPT-1:0]     kept,
    input  wire                     swap,       // the first streamed word of a tile
    input  wire [ROWS*STREAMED-1:0] streamed,
    output wire [COLUMNS*SUM-1:0]   sums
);
    // which column takes the kept word: a token, one column further with each word
    localparam [COLUMNS-1:0] FIRST = 1;
    reg  [COLUMNS-1:0] column;
    wire [COLUMNS-1:0] now = load_first ? FIRST : column;
    always @(posedge clk)
        if (reset) column <= {COLUMNS{1'b0}};
        else if (load) column <= now << 1;

    wire [ROWS*KEPT-1:0] kept_rows;
    wire [ROWS*STREAMED-1:0] item_rows;
    wire [ROWS-1:0] swap_rows;
    skew #(.LANES(ROWS), .WIDTH(KEPT)) skew_kept (.clk(clk), .in(kept), .out(kept_rows));
    skew #(.LANES(ROWS), .WIDTH(STREAMED)) skew_items (.clk(clk), .in(streamed), .out(item_rows));
    skew #(.LANES(ROWS), .WIDTH(1)) skew_swap (.clk(clk), .in({ROWS{swap}}), .out(swap_rows));

    // Each element has wires of its own: in one wide vector every change would wake every reader in simulation.
    wire [COLUMNS*SUM-1:0] bottom;
    genvar row, col;
    generate
        for (row = 0; row < ROWS; row = row + 1) begin : rows
            for (col = 0; col < COLUMNS; col = col + 1) begin : columns
                wire load_in, swap_in, swap_out;
                wire signed [STREAMED-1:0] item_in, item_out;
                wire signed [SUM-1:0] sum_in, sum_out;
                reg load_held; // the token goes down with the wave
                always @(posedge clk) load_held <= load_in;

                if (row == 0) begin : top
                    assign load_in = load && now[col];
                    assign sum_in = {SUM{1'b0}};
                end else begin : below
                    assign load_in = rows[row-1].columns[col].load_held;
                    assign sum_in = rows[row-1].columns[col].sum_out;
                end
                if (col == 0) begin : left
                    assign swap_in = swap_rows[row];
                    assign item_in = item_rows[row*STREAMED +: STREAMED];
                end else begin : right
                    assign swap_in = rows[row].columns[col-1].swap_out;
                    assign item_in = rows[row].columns[col-1].item_out;
                end
                pe_stationary #(.KEPT(KEPT), .STREAMED(STREAMED), .SUM(SUM)) pe (
                    .clk(clk), .load(load_in), .kept_in(kept_rows[row*KEPT +: KEPT]), .swap_in(swap_in),
                    .item_in(item_in), .sum_in(sum_in), .swap_out(swap_out), .item_out(item_out), .sum_out(sum_out)
                );
                wire unused = &{1'b0, swap_out, item_out, load_held}; // at the edges
                if (row == ROWS - 1) begin : last
                    assign bottom[col*SUM +: SUM] = sum_out;
                end
            end
        end
    endgenerate

    skew #(.LANES(COLUMNS), .WIDTH(SUM), .REVERSED(1)) align (
        .clk(clk), .in(bottom), .out(sums)
    );
endmodule
