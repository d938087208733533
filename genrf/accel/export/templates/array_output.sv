// The array for output stationary work: each row one pixel, each column one output channel.
// A word of LANES channels is handed to row `row`, which feeds them to its processing elements one by one; as row r gets
// its word r cycles after row 0, the diagonal wave comes by itself. Weights come a word of COLUMNS for each channel.
// When the wave of `last` has passed, the results leave from the top, a row of COLUMNS sums per clock cycle.
module array_output #(
    parameter ROWS = 4,
    parameter COLUMNS = 4,
    parameter LANES = 4,
    parameter ACTIVATION = 9,
    parameter WEIGHT = 8,
    parameter SUM = 24,
    parameter RBITS = 3
) (
    input  wire                        clk,
    input  wire                        reset,
    input  wire                        load,     // a word for row `row` is there
    input  wire [RBITS-1:0]            row,
    input  wire [LANES*ACTIVATION-1:0] activations,
    input  wire [COLUMNS*WEIGHT-1:0]   weights,  // for the channel that row 0 multiplies in the next clock cycle
    input  wire                        first,    // with the first weights of a tile
    input  wire                        last,     // with its last
    output wire                        leaving,  // a clock cycle before the first row of results
    output wire                        valid,
    output wire [COLUMNS*SUM-1:0]      sums
);
    reg [COLUMNS*WEIGHT-1:0] weights_held;
    reg first_held, last_held;
    always @(posedge clk) begin
        weights_held <= weights;
        first_held <= first & ~reset;
        last_held <= last & ~reset;
    end

    wire [COLUMNS*WEIGHT-1:0] weight_columns;
    wire [ROWS-1:0] first_rows, last_rows;
    skew #(.LANES(COLUMNS), .WIDTH(WEIGHT)) skew_weights (.clk(clk), .in(weights_held), .out(weight_columns));
    skew #(.LANES(ROWS), .WIDTH(1)) skew_first (.clk(clk), .in({ROWS{first_held}}), .out(first_rows));
    skew #(.LANES(ROWS), .WIDTH(1)) skew_last (.clk(clk), .in({ROWS{last_held}}), .out(last_rows));

    // the last element is done ROWS + COLUMNS - 1 clock cycles after the first one saw `last`
    reg [ROWS+COLUMNS-2:0] passing;
    reg [RBITS-1:0] left;
    always @(posedge clk) begin
        if (reset) begin
            passing <= {(ROWS+COLUMNS-1){1'b0}};
            left <= {RBITS{1'b0}};
        end else begin
            passing <= passing << 1;
            passing[0] <= last_held;
            if (leaving) left <= ROWS[RBITS-1:0];
            else if (left != 0) left <= left - 1'b1;
        end
    end
    assign leaving = passing[ROWS+COLUMNS-2];
    assign valid = left != 0;

    // Each element has wires of its own: in one wide vector every change would wake every reader in simulation.
    genvar r, c;
    generate
        for (r = 0; r < ROWS; r = r + 1) begin : rows
            reg [LANES*ACTIVATION-1:0] word;
            always @(posedge clk)
                if (load && row == r[RBITS-1:0]) word <= activations;
                else word <= word >> ACTIVATION;
            for (c = 0; c < COLUMNS; c = c + 1) begin : columns
                wire first_in, last_in, first_out, last_out;
                wire signed [ACTIVATION-1:0] activation_in, activation_out;
                wire signed [WEIGHT-1:0] weight_in, weight_out;
                wire signed [SUM-1:0] result_in, result;
                if (c == 0) begin : left
                    assign first_in = first_rows[r];
                    assign last_in = last_rows[r];
                    assign activation_in = word[ACTIVATION-1:0];
                end else begin : right
                    assign first_in = rows[r].columns[c-1].first_out;
                    assign last_in = rows[r].columns[c-1].last_out;
                    assign activation_in = rows[r].columns[c-1].activation_out;
                end
                if (r == 0) begin : top
                    assign weight_in = weight_columns[c*WEIGHT +: WEIGHT];
                    assign sums[c*SUM +: SUM] = result;
                end else begin : below
                    assign weight_in = rows[r-1].columns[c].weight_out;
                end
                if (r == ROWS - 1) begin : bottom
                    assign result_in = {SUM{1'b0}};
                end else begin : above
                    assign result_in = rows[r+1].columns[c].result;
                end
                wire unused = &{1'b0, first_out, last_out, activation_out, weight_out}; // at the edges
                pe_output #(.ACTIVATION(ACTIVATION), .WEIGHT(WEIGHT), .SUM(SUM)) pe (
                    .clk(clk), .first_in(first_in), .last_in(last_in), .activation_in(activation_in),
                    .weight_in(weight_in), .shift(valid), .result_in(result_in), .first_out(first_out),
                    .last_out(last_out), .activation_out(activation_out), .weight_out(weight_out), .result(result)
                );
            end
        end
    endgenerate
endmodule
